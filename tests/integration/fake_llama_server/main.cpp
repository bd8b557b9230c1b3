// A stand-in for llama-server that loads nothing and misbehaves on demand. It takes the real one's
// command line, so that the launcher cannot tell them apart, and knobs that begin with --fake-. It
// reads no environment.

#include "tests/integration/fake_llama_server/session.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
// Its own leaks concern nobody, and to look for them at the end, stopping all its threads while
// signals come in, may never end.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }
#endif

namespace rolecall::fake {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

void log(const std::string& text) {
  std::fprintf(stderr, "0.00.000.000 I srv  llama_server: %s\n", text.c_str());
}

/// Until SIGKILL, in the group of its parent.
void spawn_sleeper() {
  if (::fork() == 0)
    for (;;) ::pause();
}

tcp::acceptor listen(asio::io_context& loop, const options& o) {
  const tcp::endpoint endpoint(asio::ip::make_address(o.host), o.port);
  tcp::acceptor acceptor(loop);
  acceptor.open(endpoint.protocol());
  acceptor.set_option(tcp::acceptor::reuse_address{true});
  if (o.reuse_port) {
    const int on = 1;
    ::setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  }
  acceptor.bind(endpoint);
  acceptor.listen();
  return acceptor;
}

asio::awaitable<void> accept(tcp::acceptor& acceptor, const options& o, server_state& state) {
  const auto after_props = [&] {
    if (o.stop_listening) acceptor.close();
    state.wedged = o.wedge;
  };
  while (acceptor.is_open()) {
    auto socket = co_await acceptor.async_accept(asio::use_awaitable);
    asio::co_spawn(acceptor.get_executor(), serve(std::move(socket), o, state, after_props),
                   asio::detached);
  }
}

int run(const options& o) {
  if (o.exit_at_start) {
    log("error loading model: as told by --fake-exit-at-start");
    return *o.exit_at_start;
  }
  if (o.fail_assertion) {
    std::fputs("./src/fake.cpp:42: GGML_ASSERT(as_told) failed\n", stderr);
    std::abort();
  }
  if (o.spawn_child) spawn_sleeper();
  if (o.busy)
    std::thread([] {
      for (std::atomic<unsigned> turns = 0;;) ++turns;
    }).detach();
  std::vector<char> memory(o.grow_mib << 20, 'x');

  asio::io_context loop(1);
  server_state state;
  std::unique_ptr<tcp::acceptor> acceptor;
  if (!o.no_listen) {
    acceptor = std::make_unique<tcp::acceptor>(listen(loop, o));
    asio::co_spawn(loop, accept(*acceptor, o, state), asio::detached);
  }
  log("loading model '" + o.model + "'");

  asio::steady_timer load(loop, o.load);
  const auto end_load = [&](boost::system::error_code) {
    state.loaded = true;
    log("model loaded");
    log("listening on http://" + o.host + ":" + std::to_string(o.port));
  };
  if (!o.hang_load && !o.no_listen)
    load.async_wait([&](boost::system::error_code loaded) {
      if (o.warm_up.count() == 0) return end_load(loaded);
      log("llama threadpool init, n_threads = 2");
      load.expires_after(o.warm_up);
      load.async_wait(end_load);
    });

  int code = 0;
  asio::steady_timer end(loop);
  if (o.exit_after) {
    end.expires_after(*o.exit_after);
    end.async_wait([&](boost::system::error_code) {
      code = 1;
      loop.stop();
    });
  }
  asio::signal_set signals(loop);
  if (o.ignore_term)
    ::signal(SIGTERM, SIG_IGN);
  else
    signals.add(SIGTERM);
  signals.add(SIGINT);
  signals.async_wait([&](boost::system::error_code, int) {
    log("cleaning up before exit...");
    loop.stop();
  });
  loop.run();
  return code;
}

}  // namespace
}  // namespace rolecall::fake

int main(int argc, char** argv) {
  try {
    const auto o = rolecall::fake::parse_options({argv + 1, argv + argc});
    if (o.help) {
      std::fputs(rolecall::fake::help_text().c_str(), stdout);
      return 0;
    }
    if (o.version) {
      std::fputs("version: 0.7.0 (build 11669, commit fake)\nbuilt for tests\n", stderr);
      return 0;
    }
    if (o.list_devices) {
      std::fputs("load_backend: loaded CPU backend from /x/libggml-cpu-fake.so\n", stderr);
      std::fputs("Available devices:\n  (none)\n", stdout);
      return 0;
    }
    return rolecall::fake::run(o);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "error: %s\n", e.what());
    return 1;
  }
}
