#pragma once

#include "orchestrator/proxy/frame_stock.hpp"

#include <chrono>
#include <coroutine>
#include <exception>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

namespace rolecall::proxy {

// What runs on a data thread, bound to its io_context by type: Asio's default, an executor of any
// type, costs each wait a few indirect calls.

using executor = boost::asio::io_context::executor_type;
using tcp_socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, executor>;
using timer = boost::asio::basic_waitable_timer<
    std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, executor>;

template <typename Result>
class task;

namespace detail {

/// What a coroutine needs to be awaited by another, and to be ended from its depth.
class task_promise_base {
 public:
  static void* operator new(std::size_t size) { return frame_stock::take(size); }
  static void operator delete(void* frame, std::size_t size) noexcept {
    frame_stock::give_back(frame, size);
  }

  [[nodiscard]] std::suspend_always initial_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept {
    if (is_detached_) std::terminate();  // nobody is there to catch it: a bug
    failure_ = std::current_exception();
  }

  void awaited_by(task_promise_base& parent, std::coroutine_handle<> resumed) noexcept {
    parent_ = &parent;
    continuation_ = resumed;
  }
  /// Nobody awaits it; `self` ends itself.
  void detach(std::coroutine_handle<> self) noexcept {
    is_detached_ = true;
    continuation_ = self;
  }
  /// Destroys all that waits for this one: what it waited for will never be.
  void abandon() noexcept {
    auto* outermost = this;
    while (outermost->parent_ != nullptr) outermost = outermost->parent_;
    if (outermost->is_detached_) outermost->continuation_.destroy();
  }

 protected:
  struct final_step {
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <typename Promise>
    [[nodiscard]] std::coroutine_handle<> await_suspend(
        std::coroutine_handle<Promise> ended) const noexcept {
      task_promise_base& promise = ended.promise();
      if (promise.is_detached_) {
        ended.destroy();
        return std::noop_coroutine();
      }
      // Empty while the parent has not suspended: then it finds the result by itself.
      return promise.continuation_ ? promise.continuation_ : std::noop_coroutine();
    }
    void await_resume() const noexcept {}
  };

  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  task_promise_base* parent_ = nullptr;
  std::coroutine_handle<> continuation_;
  std::exception_ptr failure_;
  bool is_detached_ = false;
};

template <typename Result>
class task_promise : public task_promise_base {
 public:
  task<Result> get_return_object() noexcept;
  [[nodiscard]] final_step final_suspend() const noexcept { return {}; }
  template <typename Value>
  void return_value(Value&& value) {
    result_.emplace(std::forward<Value>(value));
  }
  [[nodiscard]] Result take() {
    rethrow();
    return *std::move(result_);
  }

 private:
  std::optional<Result> result_;
};

template <>
class task_promise<void> : public task_promise_base {
 public:
  task<void> get_return_object() noexcept;
  [[nodiscard]] final_step final_suspend() const noexcept { return {}; }
  void return_void() const noexcept {}
  void take() const { rethrow(); }
};

}  // namespace detail

/// A coroutine of a data thread, awaited once. It runs within the co_await as far as it can, like a
/// function that is called; only if it has to wait does its caller wait as well. Owns its frame.
template <typename Result>
class [[nodiscard]] task {
 public:
  using promise_type = detail::task_promise<Result>;

  explicit task(std::coroutine_handle<promise_type> frame) noexcept : frame_(frame) {}
  task(task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  task& operator=(task&& other) noexcept {
    std::swap(frame_, other.frame_);
    return *this;
  }
  ~task() {
    if (frame_) frame_.destroy();
  }

  [[nodiscard]] bool await_ready() const {
    frame_.resume();
    return frame_.done();
  }
  template <typename Promise>
  void await_suspend(std::coroutine_handle<Promise> caller) const noexcept {
    frame_.promise().awaited_by(caller.promise(), caller);
  }
  Result await_resume() const { return frame_.promise().take(); }

  /// Runs it; it ends by itself, and throws nothing.
  void run_detached() && {
    const auto frame = std::exchange(frame_, nullptr);
    frame.promise().detach(frame);
    frame.resume();
  }

 private:
  std::coroutine_handle<promise_type> frame_;
};

template <typename Result>
task<Result> detail::task_promise<Result>::get_return_object() noexcept {
  return task<Result>(std::coroutine_handle<task_promise>::from_promise(*this));
}
inline task<void> detail::task_promise<void>::get_return_object() noexcept {
  return task<void>(std::coroutine_handle<task_promise>::from_promise(*this));
}

/// Runs `work`, which throws nothing, on the thread of `on`; any thread may ask.
inline void spawn(const executor& on, task<void> work) {
  boost::asio::post(on, [work = std::move(work)]() mutable { std::move(work).run_detached(); });
}

/// The completion token of a data thread's waits: `co_await socket.async_…(…, no_throw)` gives the
/// completion's arguments, an error_code first, as a tuple.
struct no_throw_t {};
inline constexpr no_throw_t no_throw{};

namespace detail {

template <typename Initiation, typename Arguments, typename... Results>
class wait;

/// The handler of a wait. A loop that is destroyed destroys its handlers: those who waited end.
template <typename Wait>
class resumption {
 public:
  using allocator_type = stock_allocator<void*>;

  explicit resumption(Wait& of) noexcept : of_(&of) {}
  resumption(resumption&& other) noexcept : of_(std::exchange(other.of_, nullptr)) {}
  resumption& operator=(resumption&&) = delete;
  ~resumption() {
    if (of_ != nullptr) of_->abandon();
  }

  [[nodiscard]] allocator_type get_allocator() const noexcept { return {}; }

  template <typename... Results>
  void operator()(Results&&... results) {
    std::exchange(of_, nullptr)->complete(std::forward<Results>(results)...);
  }

 private:
  Wait* of_;
};

template <typename Initiation, typename... Arguments, typename... Results>
class wait<Initiation, std::tuple<Arguments...>, Results...> {
 public:
  wait(Initiation&& initiation, Arguments&&... arguments)
      : initiation_(std::forward<Initiation>(initiation)),
        arguments_(std::forward<Arguments>(arguments)...) {}

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  template <typename Promise>
  void await_suspend(std::coroutine_handle<Promise> waiting) {
    waiting_ = waiting;
    promise_ = &waiting.promise();
    std::apply(
        [this](auto&&... arguments) {
          std::move(initiation_)(resumption<wait>(*this),
                                 std::forward<decltype(arguments)>(arguments)...);
        },
        std::move(arguments_));
  }
  std::tuple<Results...> await_resume() { return *std::move(results_); }

  template <typename... Given>
  void complete(Given&&... results) {
    results_.emplace(std::forward<Given>(results)...);
    waiting_.resume();
  }
  void abandon() noexcept { promise_->abandon(); }

 private:
  std::decay_t<Initiation> initiation_;
  std::tuple<std::decay_t<Arguments>...> arguments_;
  std::optional<std::tuple<Results...>> results_;
  std::coroutine_handle<> waiting_;
  task_promise_base* promise_ = nullptr;
};

}  // namespace detail
}  // namespace rolecall::proxy

template <typename... Results>
class boost::asio::async_result<rolecall::proxy::no_throw_t, void(Results...)> {
 public:
  template <typename Initiation, typename... Arguments>
  [[nodiscard]] static auto initiate(Initiation&& initiation, rolecall::proxy::no_throw_t /*token*/,
                                     Arguments&&... arguments) {
    return rolecall::proxy::detail::wait<Initiation, std::tuple<Arguments...>,
                                         std::decay_t<Results>...>(
        std::forward<Initiation>(initiation), std::forward<Arguments>(arguments)...);
  }
};
