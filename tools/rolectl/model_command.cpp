#include "tools/rolectl/model_command.hpp"

#include "registry/model_files.hpp"
#include "tools/rolectl/model_view.hpp"

#include <unistd.h>

namespace rolecall::rolectl {

exit_code run_model(const model_options& options) {
  const auto files = registry::read_model_files(options.file);
  if (!files) {
    (void)write_all(STDERR_FILENO, "rolectl: " + files.error() + "\n");
    return exit_code::refused;
  }
  const auto model = registry::summarise(*files);
  (void)write_all(STDOUT_FILENO,
                  options.json ? model_json(model) : model_text(model, screen_of(STDOUT_FILENO)));
  return exit_code::done;
}

}  // namespace rolecall::rolectl
