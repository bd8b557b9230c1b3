// Writes the manual pages and the completions of rolectl and rolecalld into a folder.
//
//   write-command-pages FOLDER

#include "orchestrator/daemon_options.hpp"
#include "tools/command_pages/man_page.hpp"
#include "tools/command_pages/shell_completion.hpp"
#include "tools/rolectl/command_line.hpp"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>

#include <CLI/CLI.hpp>

namespace {

using namespace rolecall;

void write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream out(file);
  out << text << std::flush;
  if (!out) throw std::runtime_error("cannot write " + file.string());
}

void write_pages(const std::filesystem::path& folder) {
  const std::string source = "Rolecall " ROLECALL_VERSION;
  std::filesystem::create_directories(folder);

  rolectl::command_line tool;
  const auto rolectl = command_pages::describe(tool.definition());
  write(folder / "rolectl.1",
        command_pages::man_page(rolectl,
                                {.section = 1, .source = source, .see_also = {"rolecalld(8)"}}));
  write(folder / "rolectl.bash", command_pages::bash_completion(rolectl));
  write(folder / "_rolectl", command_pages::zsh_completion(rolectl));

  CLI::App daemon;
  daemon_options options;
  define(daemon, options);
  write(folder / "rolecalld.8",
        command_pages::man_page(command_pages::describe(daemon),
                                {.section = 8, .source = source, .see_also = {"rolectl(1)"}}));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: write-command-pages FOLDER\n";
    return 2;
  }
  try {
    write_pages(argv[1]);
  } catch (const std::exception& failure) {
    std::cerr << "write-command-pages: " << failure.what() << '\n';
    return 1;
  }
  return 0;
}
