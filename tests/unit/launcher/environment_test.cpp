#include "launcher/environment.hpp"

#include <doctest/doctest.h>

using namespace rolecall::launcher;
using variables = std::vector<std::string>;

TEST_CASE("environment: variables that llama-server takes for flags do not reach a child") {
  CHECK(child_environment({"PATH=/bin", "LLAMA_ARG_PORT=1", "LLAMA_API_KEY=k",
                           "MTMD_BACKEND_DEVICE=x", "HF_TOKEN=t"},
                          {}) == variables{"PATH=/bin"});
}

TEST_CASE("environment: what systemd says to the daemon is not said to a child") {
  CHECK(child_environment({"NOTIFY_SOCKET=/run/s", "WATCHDOG_USEC=1", "WATCHDOG_PID=2",
                           "LISTEN_FDS=1", "JOURNAL_STREAM=8:1", "ROLECALL_ADMIN=x", "HOME=/root"},
                          {}) == variables{"HOME=/root"});
}

TEST_CASE("environment: what is added replaces what was there, once") {
  CHECK(child_environment({"OMP_NUM_THREADS=8", "GGML_BACKEND_PATH=/x"},
                          {{"OMP_NUM_THREADS", "1"}}) ==
        variables{"GGML_BACKEND_PATH=/x", "OMP_NUM_THREADS=1"});
}

TEST_CASE("environment: names that only begin alike are kept") {
  CHECK(child_environment({"LLAMAS=2", "LISTENER=x", "HF_TOKENS=1"}, {}).size() == 3);
}
