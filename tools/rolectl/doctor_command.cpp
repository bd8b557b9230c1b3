#include "registry/quantities.hpp"
#include "registry/read.hpp"
#include "tools/rolectl/doctor_view.hpp"

#include <unistd.h>

namespace rolecall::rolectl {

exit_code run_doctor(const doctor_options& options) {
  const auto file = registry::find_file(options.registry);
  const auto read = registry::read_file(file);
  if (!read.value) {
    std::string text;
    for (const auto& note : read.notes) text += to_string(note) + "\n";
    (void)write_all(STDERR_FILENO, text + "rolectl: cannot examine the host without a registry: " +
                                       "the limits depend on what its roles ask for\n");
    return exit_code::refused;
  }
  const auto host = launcher::read_topology("/");
  auto demand = launcher::demand_of(*read.value, 0, host.physical_cores(host.allowed_cpus));
  const auto limits = launcher::read_host_limits("/", demand, launcher::depth::thorough);
  // As rolecalld finds it, in its own control group.
  demand.budget = registry::auto_budget(read.value->host.memory, limits.host.memory.limit());
  const diagnosis found{file, limits.daemon, launcher::judge(limits, demand)};
  (void)write_all(STDOUT_FILENO,
                  options.json ? doctor_json(found) : doctor_text(found, screen_of(STDOUT_FILENO)));
  return found.bites() ? exit_code::refused : exit_code::done;
}

}  // namespace rolecall::rolectl
