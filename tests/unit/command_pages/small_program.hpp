#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace rolecall::test {

/// A command line with one of everything that pages tell of.
struct small_program {
  CLI::App app{"tool keeps things.", "tool"};
  std::string text;
  std::vector<std::string> texts;
  int number = 5;
  bool flag = false;

  small_program() {
    app.require_subcommand(1);
    app.add_option("--door", text, "Where it is")->type_name("ADDRESS")->envname("TOOL_DOOR");
    auto* put = app.add_subcommand("put", "Put a thing")->group("Things");
    put->add_option("ROLE", text, "Whose")->type_name("ROLE")->required();
    put->add_option("SETTING", texts, "How")
        ->type_name("KEY=VALUE")
        ->check(CLI::Validator([](const std::string&) { return std::string{}; }, "{low,high}"));
    put->add_option("-n,--number", number, "How often")
        ->type_name("N")
        ->check(CLI::Range(1, 9))
        ->capture_default_str();
    auto* quiet = put->add_flag("!--no-noise", flag, "In silence");
    put->add_flag("--loud", flag, "In noise")->excludes(quiet);
    put->footer(
        "A note that is\ntold in two lines.\n\nWords:\n  one   the first\n  two  the second");
    auto* get = app.add_subcommand("get", "Get a thing")->group("Things");
    get->require_subcommand(1);
    auto* all = get->add_subcommand("all", "Get everything")->group("Commands");
    all->add_option("FILE,--into", text, "Where to")->type_name("FILE");
    all->add_option("--folder", text, "Beside what")->type_name("DIR");
    all->add_option("--how", text, "In which order")
        ->type_name("ORDER")
        ->check(CLI::IsMember({"up", "down"}));
    app.add_subcommand("explain", "It's [not] a: \\trap")->group("Other");
    app.add_subcommand("secret", "Not told")->group("");
  }
};

}  // namespace rolecall::test
