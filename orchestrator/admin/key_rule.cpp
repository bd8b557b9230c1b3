#include "orchestrator/admin/key_rule.hpp"

namespace rolecall::admin {

std::optional<reply> refusal_of(const key_fields& shown, std::string_view target,
                                const access::key_ring& keys) {
  if (target.substr(0, target.find('?')) == "/livez") return std::nullopt;
  const auto secret = access::credential_of(shown);
  if (!secret.empty() && keys.find(secret)) return std::nullopt;
  return error_reply(401, "invalid_api_key",
                     secret.empty() ? "the request shows no admin key; send Authorization: Bearer "
                                      "and the key (rolectl: $ROLECALL_ADMIN_KEY)"
                                    : "the admin key is not known here");
}

}  // namespace rolecall::admin
