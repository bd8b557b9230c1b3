#include "tools/rolectl/key_command.hpp"

#include "orchestrator/access/key_ring.hpp"
#include "registry/mapping_reader.hpp"
#include "tools/rolectl/screen.hpp"

#include <algorithm>

#include <unistd.h>

namespace rolecall::rolectl {

exit_code run_key(const key_options& options) {
  auto named = options.roles;
  named.push_back(options.name);
  const auto wrong = std::ranges::find_if_not(named, registry::is_name);
  if (wrong != named.end()) {
    (void)write_all(STDERR_FILENO, "rolectl: '" + *wrong +
                                       "' is no name: a letter or digit, then letters, digits, "
                                       "'.', '_' and '-'; at most 64\n");
    return exit_code::usage;
  }
  const auto secret = access::make_secret();
  const auto line =
      registry::to_line({.name = options.name,
                         .digest = access::digest_of(secret),
                         .roles = options.roles,
                         .in_flight = options.in_flight,
                         .priority = options.background ? registry::key_priority::background
                                                        : registry::key_priority::interactive});
  (void)write_all(STDOUT_FILENO, "key   " + secret + "\nline  " + line + "\n");
  (void)write_all(STDERR_FILENO,
                  "The key is for the client and is shown this once; nothing keeps it. Add the "
                  "line to the key file\n(host.api_keys, or host.admin_keys for operators), then "
                  "send rolecalld a SIGHUP.\n");
  return exit_code::done;
}

}  // namespace rolecall::rolectl
