#include "tools/rolectl/docs_command.hpp"

#include "registry/check.hpp"
#include "tools/rolectl/models_page.hpp"
#include "tools/rolectl/screen.hpp"
#include "tools/rolectl/sizing_page.hpp"

#include <fstream>
#include <limits>

#include <unistd.h>

namespace rolecall::rolectl {
namespace {

exit_code failure(const std::string& reason) {
  (void)write_all(STDERR_FILENO, "rolectl: " + reason + "\n");
  return exit_code::refused;
}

/// Whether the roles fit together is not a page's question.
registry::check_result checked(registry::read_result read, bool files) {
  return files ? registry::check_models(std::move(read),
                                        std::numeric_limits<registry::byte_count>::max())
               : registry::check_offline(std::move(read));
}

bool write_file(const std::filesystem::path& file, const std::string& text) {
  std::ofstream out(file);
  out << text << std::flush;
  return static_cast<bool>(out);
}

}  // namespace

exit_code run_docs(const docs_options& options) {
  const auto file = registry::find_file(options.registry);
  const auto found = checked(registry::read_file(file), options.files);
  if (!found.value)
    return failure("cannot read registry " + file.string() + ": see rolectl check " +
                   file.string());
  const auto models = models_page(*found.value);
  if (options.folder.empty()) {
    (void)write_all(STDOUT_FILENO, models);
    return exit_code::done;
  }
  for (const auto& [name, text] :
       {std::pair{"models.md", models}, std::pair{"sizing.md", sizing_page()}}) {
    const auto page = options.folder / name;
    if (!write_file(page, text))
      return failure("cannot write " + page.string() + ": is the folder there, and writable?");
    (void)write_all(STDOUT_FILENO, "wrote " + page.string() + "\n");
  }
  return exit_code::done;
}

}  // namespace rolecall::rolectl
