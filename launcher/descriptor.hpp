#pragma once

#include <utility>

#include <unistd.h>

namespace rolecall::launcher {

/// Owns an open file descriptor, or none.
class descriptor {
 public:
  descriptor() = default;
  explicit descriptor(int number) noexcept : number_(number) {}
  ~descriptor() { close(); }
  descriptor(descriptor&& other) noexcept : number_(other.release()) {}
  descriptor& operator=(descriptor&& other) noexcept {
    if (this != &other) {
      close();
      number_ = other.release();
    }
    return *this;
  }

  [[nodiscard]] int number() const noexcept { return number_; }
  [[nodiscard]] bool is_open() const noexcept { return number_ >= 0; }

  /// Whoever takes the number closes it.
  [[nodiscard]] int release() noexcept { return std::exchange(number_, -1); }

  void close() noexcept {
    if (is_open()) ::close(release());
  }

 private:
  int number_ = -1;
};

}  // namespace rolecall::launcher
