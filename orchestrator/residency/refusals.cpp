#include "orchestrator/residency/refusals.hpp"

#include "registry/quantities.hpp"

namespace rolecall::residency {

using registry::format_bytes;

namespace {

// Retry-After where nothing better is known than that the state may have changed by then.
constexpr std::chrono::seconds soon{1};

}  // namespace

refusal refuse_never_fits(const std::string& role, byte_count needed, byte_count budget,
                          byte_count hot) {
  auto message = "cannot load role " + role + ": it needs " + format_bytes(needed) + ", but ";
  message += hot == 0 ? "the budget is " + format_bytes(budget)
                      : "of the " + format_bytes(budget) + " budget " + format_bytes(hot) +
                            " stay reserved for HOT roles";
  message += "; raise host.memory.budget or lower the role's context";
  return {refusal_code::never_fits, std::move(message), {}};
}

refusal refuse_queue_full(const catalogue::role& role, std::chrono::seconds retry_after) {
  return {refusal_code::queue_full,
          "cannot queue a request for role " + role.name + ": " + std::to_string(role.queue.limit) +
              " are waiting already, which is its limit; try again in " +
              registry::format_duration(retry_after),
          retry_after};
}

std::string describe_missing(byte_count missing) {
  return "the host has " + format_bytes(missing) +
         " less available memory than host.memory.floor asks for: something outside the fleet uses "
         "it";
}

refusal refuse_deadline(const std::string& role, std::chrono::seconds waited,
                        const std::string& obstacle, std::chrono::seconds retry_after) {
  return {refusal_code::deadline,
          "cannot admit a request to role " + role + " within " +
              registry::format_duration(waited) + ": " + obstacle + "; try again in " +
              registry::format_duration(retry_after),
          retry_after};
}

refusal refuse_failed(const std::string& role, const std::string& reason,
                      std::chrono::seconds retry_after) {
  return {refusal_code::role_failed,
          "cannot load role " + role + ": " + (reason.empty() ? "its process ended" : reason) +
              "; see rolectl logs " + role,
          std::max(retry_after, soon)};
}

refusal refuse_unloaded(const std::string& role) {
  return {
      refusal_code::role_failed,
      "cannot wait for role " + role + " any longer: an operator unloaded it; ask again to load it",
      soon};
}

refusal refuse_removed(const std::string& role) {
  return {refusal_code::role_removed,
          "cannot wait for role " + role +
              " any longer: it was removed from the registry; ask for another role",
          {}};
}

refusal refuse_shutting_down() {
  return {refusal_code::shutting_down, "cannot admit requests: rolecalld is shutting down", soon};
}

}  // namespace rolecall::residency
