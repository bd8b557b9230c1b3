#include "orchestrator/observation/background_task.hpp"

#include <exception>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

namespace rolecall::observation {

namespace asio = boost::asio;

background_task::background_task(const asio::any_io_executor& executor,
                                 asio::awaitable<void> coroutine)
    : end_(std::make_shared<asio::cancellation_signal>()) {
  const auto completed = [end = end_](const std::exception_ptr& failure) {
    try {
      if (failure) std::rethrow_exception(failure);
    } catch (const boost::system::system_error& e) {
      if (e.code() != asio::error::operation_aborted) throw;
    }
  };
  asio::co_spawn(executor, std::move(coroutine),
                 asio::bind_cancellation_slot(end_->slot(), completed));
}

background_task::~background_task() {
  if (end_) end_->emit(asio::cancellation_type::terminal);
}

}  // namespace rolecall::observation
