#include "orchestrator/metrics/reason_label.hpp"

#include <doctest/doctest.h>

using rolecall::metrics::reason_label;

TEST_CASE("metrics: a crash is labelled by its signal or exit code") {
  CHECK(reason_label("crashed: signal 9 (SIGKILL)") == "signal_9");
  CHECK(reason_label("crashed: signal 11 (SIGSEGV)\nlast line of the log") == "signal_11");
  CHECK(reason_label("crashed: exit code 1") == "exit_1");
  CHECK(reason_label("crashed: exit code 0") == "exit_0");
}

TEST_CASE("metrics: a known reason is labelled by its first word") {
  CHECK(reason_label("evicted to make room for architect_general: 18.6 GiB") == "evicted");
  CHECK(reason_label("idle") == "idle");
  CHECK(reason_label("operator") == "operator");
  CHECK(reason_label("stalled: no progress for 60 s") == "stalled");
  CHECK(reason_label("crashed") == "crashed");
}

TEST_CASE("metrics: whatever is not known is labelled other, so that labels stay bounded") {
  CHECK(reason_label("") == "other");
  CHECK(reason_label("evictedness") == "other");
  CHECK(reason_label("portable") == "other");
  CHECK(reason_label("pid 4711 vanished") == "other");
  CHECK(reason_label("crashed: signal 4711") == "crashed");
  CHECK(reason_label("crashed: exit code 99999999999999") == "crashed");
  CHECK(reason_label("something\nsignal 9 was in the log") == "other");
}

TEST_CASE("metrics: what a crash is known to come from counts more than its exit code") {
  CHECK(reason_label("crashed: out of memory: told by the kernel (signal 9 (SIGKILL))") ==
        "out_of_memory");
  CHECK(reason_label("crashed: bad flag: error: invalid argument: --x (exit code 1)") ==
        "bad_flag");
  CHECK(reason_label("crashed: model file: failed to open x (exit code 1), 5 crashes in a row") ==
        "model_file");
  CHECK(reason_label("crashed: could not allocate: insufficient memory (exit code 1)") ==
        "could_not_allocate");
  CHECK(reason_label("crashed: assertion: GGML_ASSERT(n > 0) failed (signal 6 (SIGABRT))") ==
        "assertion");
  CHECK(reason_label("crashed: port in use: couldn't bind (exit code 1)") == "port_in_use");
  CHECK(reason_label("wedged: no answer to /health for 1m; killed after 10s") == "wedged");
  CHECK(reason_label("port 8081 is taken by pid 7 (nginx), 5 crashes in a row") == "port_in_use");
  CHECK(reason_label("cannot start /x: No such file or directory") == "cannot_start");
  CHECK(reason_label("cannot make the control group /x: Permission denied") == "cannot_start");
  CHECK(reason_label("cannot set /x/memory.max to '5': Invalid argument") == "cannot_start");
  CHECK(reason_label("crashed: signal 9 (SIGKILL), not sent by rolecalld: an operator's kill, or "
                     "out of memory?") == "signal_9");
}
