#include "tests/integration/admin/admin_door.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

namespace rolecall::test {
namespace {

namespace asio = boost::asio;
constexpr std::chrono::seconds patience{30};

}  // namespace

admin_door::admin_door() {
  server_ = std::make_unique<admin::server>(
      control_.get_executor(),
      std::vector<registry::endpoint>{registry::tcp_endpoint{"127.0.0.1", 0},
                                      registry::unix_endpoint{socket()}},
      fleet_);
  const auto first = server_->endpoints().front();
  port_ = static_cast<std::uint16_t>(std::stoi(first.substr(first.rfind(':') + 1)));
  asio::co_spawn(
      control_, server_->run(),
      asio::bind_cancellation_slot(end_.slot(), [this](const std::exception_ptr& failure) {
        if (failure)
          ended_.set_exception(failure);
        else
          ended_.set_value();
      }));
  thread_ = std::jthread{[this] { control_.run(); }};
}

void admin_door::stop() {
  if (!end_seen_.valid()) return;
  asio::post(control_, [this] { end_.emit(asio::cancellation_type::terminal); });
  if (end_seen_.wait_for(patience) != std::future_status::ready)
    throw std::runtime_error("the admin server did not end");
  end_seen_.get();
}

admin_door::~admin_door() {
  try {
    stop();
  } catch (const std::exception&) {
    // The test that saw it has failed; the others go on.
    control_.stop();
  }
  thread_.join();
  server_.reset();
}

void admin_door::wait_until(const std::function<bool(scripted_fleet&)>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!on_control(condition)) {
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("waited in vain");
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
}

}  // namespace rolecall::test
