#include "tests/integration/supervision/supervised.hpp"

#include "tests/support/free_ports.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

namespace rolecall::test {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr auto patience = 50s;  // less than the time-outs that a test must not wait for

supervision::instance_settings settings_of(supervised_settings wanted, std::uint16_t port,
                                           const std::filesystem::path& log) {
  launcher::command_line command;
  command.arguments.push_back({{wanted.program}, "the program under test"});
  command.arguments.push_back({{"-m", wanted.model}, "model"});
  command.arguments.push_back({{"--host", "127.0.0.1", "--port", std::to_string(port)}, "address"});
  command.arguments.push_back({std::move(wanted.knobs), "knobs"});
  return {.instance = {.name = "small", .role = "small", .port = port},
          .timeouts = wanted.timeouts,
          .restart = wanted.restart,
          .command = std::move(command),
          .log = log,
          .log_limit = wanted.log_limit,
          .model = wanted.expected_model.value_or(wanted.model)};
}

bool is_at_rest(instance_state state) {
  return state == instance_state::stopped || state == instance_state::failed;
}

}  // namespace

supervised::supervised(supervised_settings wanted)
    : port_(free_ports(1).front()), log_(folder_.path() / "small.log") {
  const auto on_transition = [this, also = wanted.listener](const transition& t) {
    transitions_.push_back(t);
    if (also) also(*supervisor_, t);
  };
  supervisor_ = std::make_unique<supervision::supervisor>(
      loop_.get_executor(), settings_of(std::move(wanted), port_, log_), gate_, records_,
      on_transition);
  const auto ended = [this](const std::exception_ptr& failure) {
    ended_ = true;
    if (failure) std::rethrow_exception(failure);
  };
  asio::co_spawn(loop_, supervisor_->run(), asio::bind_cancellation_slot(end_.slot(), ended));
}

supervised::~supervised() {
  if (ended_) return;
  supervisor_->stop("the test is over");
  run_until([this] { return is_at_rest(supervisor_->state()); });
  end_.emit(asio::cancellation_type::terminal);
  run_until([this] { return ended_; });
}

transition supervised::next(instance_state state) {
  for (;; ++asked_for_) {
    run_until([this] { return asked_for_ < transitions_.size(); });
    if (transitions_[asked_for_].to == state) return transitions_[asked_for_++];
  }
}

void supervised::become_ready() {
  supervisor_->start();
  next(instance_state::ready);
}

void supervised::run_until(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("it did not happen");
    loop_.run_one_for(10ms);
  }
}

void supervised::poll() {
  while (loop_.poll() > 0) {
  }
}

bool supervised::cancel() {
  end_.emit(asio::cancellation_type::total);
  poll();
  return ended_;
}

std::optional<supervision::instance_record> supervised::record() const {
  const auto read = supervision::read_records(folder_.path() / "instances");
  if (read.records.empty()) return std::nullopt;
  return read.records.front();
}

std::string supervised::log_text() const {
  std::ostringstream text;
  text << std::ifstream(log_).rdbuf();
  return text.str();
}

}  // namespace rolecall::test
