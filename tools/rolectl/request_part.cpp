#include "tools/rolectl/command_line.hpp"
#include "tools/rolectl/fleet_commands.hpp"
#include "tools/rolectl/request_commands.hpp"

#include <cstdlib>

#include <CLI/CLI.hpp>

namespace rolecall::rolectl {
namespace {

constexpr const char* group = "Requests";

void define_chat(command_line& line) {
  auto& command = line.add(group, "chat", "Ask a role and print its answer as it comes");
  const auto chosen = std::make_shared<chat_options>();
  command.add_option("ROLE", chosen->role, "A role or an alias")->type_name("ROLE")->required();
  command.add_option("MESSAGE", chosen->message,
                     "What to ask; read from stdin without it, or with -");
  command.add_option("--max-tokens", chosen->most_tokens, "End the answer after this many tokens")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  command.footer("A front door with keys is shown that of $ROLECALL_API_KEY.");
  line.with_client(command, [chosen](auto& client) {
    if (const char* key = std::getenv("ROLECALL_API_KEY")) chosen->key = key;
    return run_chat(client, *chosen);
  });
}

void define_requests(command_line& line) {
  auto& command = line.add(group, "requests",
                           "Recent requests and where their time went; running ones come first");
  const auto chosen = std::make_shared<requests_options>();
  command.add_option("ROLE", chosen->role, "Those of one role only")->type_name("ROLE");
  command.add_flag("--slow", chosen->slow, "The slowest ones, which are kept longer");
  command.add_option("-n,--limit", chosen->limit, "At most this many")
      ->type_name("N")
      ->check(CLI::Range(1, most_requests))
      ->capture_default_str();
  command.add_flag("--json", chosen->json, "Print the daemon's JSON");
  command.footer(
      "The daemon keeps a bounded number of requests, and never their text. `rolectl trace ID` "
      "shows one of them closely.");
  line.with_client(command, [chosen](auto& client) { return run_requests(client, *chosen); });
}

void define_trace(command_line& line) {
  auto& command = line.add(group, "trace", "One request's time, phase by phase");
  const auto chosen = std::make_shared<trace_options>();
  command
      .add_option("ID", chosen->id,
                  "A request's id as `rolectl requests`, the answer's X-Request-Id and the access "
                  "log tell it, or a trace id")
      ->required();
  command.add_flag("--json", chosen->json, "Print the daemon's JSON");
  command.footer(
      "Phases:\n"
      "  receive   from its first byte to its last\n"
      "  queue     waiting for its turn\n"
      "  load      waiting while the role's process was starting\n"
      "  connect   from its turn until a process had it, retries included\n"
      "  prompt    from there to the first token\n"
      "  generate  from the first token to the end\n");
  line.with_client(command, [chosen](auto& client) { return run_trace(client, *chosen); });
}

}  // namespace

void define_request_commands(command_line& line) {
  define_chat(line);
  define_requests(line);
  define_trace(line);
}

}  // namespace rolecall::rolectl
