#pragma once

namespace rolecall::rolectl {

/// Notices the first Ctrl-C (SIGINT) instead of dying of it, so that a wait can be ended in good
/// order; the second one ends the process at once, as it does without this. One at a time; made and
/// destroyed on one thread, read on any. A SIGINT that was ignored before stays ignored.
class interruption {
 public:
  /// Throws std::system_error.
  interruption();
  ~interruption();
  interruption(const interruption&) = delete;
  interruption& operator=(const interruption&) = delete;

  [[nodiscard]] bool came() const noexcept;
  /// Becomes readable when it comes, and stays so: nobody reads from it.
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

 private:
  int descriptor_;
};

}  // namespace rolecall::rolectl
