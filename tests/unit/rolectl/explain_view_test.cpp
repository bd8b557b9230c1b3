#include "tools/rolectl/explain_view.hpp"

#include <doctest/doctest.h>

namespace {

using namespace rolecall;
using namespace rolecall::rolectl;

explanation sample() {
  explanation what;
  what.role.name = "embedder";
  what.role.model = "bge-large";
  what.instance = {"embedder-1", "embedder", 8090};
  what.siblings = {{"embedder-2", "embedder", 8091}};
  what.command.arguments = {{{"/usr/bin/llama-server"}, "host.llama_server"},
                            {{"--model", "/models/bge large.gguf"}, "the role's model"},
                            {{"--port", "8090"}, "fixed by the registry"}};
  what.command.environment = {{"OMP_NUM_THREADS", "4"}};
  what.command.notices = {"numactl is not installed: memory policy left to the kernel"};
  what.footprint.weights = 1024;
  what.footprint.overhead = 512;
  what.settings = {{"threads", "4", "line 7"}, {"context", "512", "default"}};
  return what;
}

}  // namespace

TEST_CASE(
    "rolectl explain: one argument per line, the reason beside it, then memory and settings") {
  CHECK(explain_text(sample(), {}) ==
        "instance embedder-1 of role embedder: model bge-large on port 8090\n"
        "also embedder-2 on port 8091; see rolectl explain embedder-2\n"
        "\n"
        "Command line\n"
        "ARGUMENT                          WHY\n"
        "/usr/bin/llama-server             host.llama_server\n"
        "--model '/models/bge large.gguf'  the role's model\n"
        "--port 8090                       fixed by the registry\n"
        "\n"
        "Environment\n"
        "OMP_NUM_THREADS=4\n"
        "\n"
        "Not as asked\n"
        "numactl is not installed: memory policy left to the kernel\n"
        "\n"
        "Memory\n"
        "PART          ESTIMATE\n"
        "weights        1.0 KiB\n"
        "overhead         512 B\n"
        "one instance   1.5 KiB\n"
        "\n"
        "Settings\n"
        "KEY      VALUE  FROM\n"
        "threads  4      line 7\n"
        "context  512    default\n");
}

TEST_CASE("rolectl explain: a narrow screen does not cut the command line") {
  screen narrow;
  narrow.width = 20;
  CHECK(explain_text(sample(), narrow) == explain_text(sample(), {}));
}

TEST_CASE("rolectl explain: the shell form can be pasted") {
  auto what = sample();
  CHECK(shell_text(what.command) ==
        "OMP_NUM_THREADS=4 /usr/bin/llama-server --model '/models/bge large.gguf' --port 8090\n");
  what.command.arguments = {{{"echo", "it's", ""}, ""}};
  what.command.environment.clear();
  CHECK(shell_text(what.command) == "echo 'it'\\''s' ''\n");
}
