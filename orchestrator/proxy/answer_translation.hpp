#pragma once

#include "orchestrator/proxy/error_response.hpp"

#include <string>
#include <string_view>

namespace rolecall::proxy {

/// Turns an upstream's answer into the answer of another API, which the client speaks. Made with
/// the request, used by the one relay that carries it, on its data thread: begin() when the
/// upstream's head is there, feed() for each piece of its body, then finish() or break_off().
/// Pure: bytes in, bytes out.
///
/// The client gets the upstream's status, content_type(), no other field of the upstream's that
/// describes the body (Content-Length, Content-Encoding), and what the functions append.
class answer_translation {
 public:
  virtual ~answer_translation() = default;

  /// The final head of the upstream's answer. Once, and before all else; not called for an attempt
  /// that nobody answered.
  virtual void begin(unsigned status, std::string_view content_type) = 0;

  /// After begin(). True: lines appear as the upstream's pieces come. False: everything appears at
  /// the end, so that the head may wait for it and tell its length.
  [[nodiscard]] virtual bool is_stream() const noexcept = 0;
  /// Of what the client gets; after begin(). Static storage.
  [[nodiscard]] virtual std::string_view content_type() const noexcept = 0;

  /// Takes a piece of the upstream's decoded body, cut anywhere; appends to `out` what can be told
  /// the client so far, which may be nothing.
  virtual void feed(std::string_view piece, std::string& out) = 0;
  /// The upstream's body is complete; appends the rest.
  virtual void finish(std::string& out) = 0;
  /// The upstream's body will never be complete; for streams that have begun: appends the line that
  /// says so. Any other answer is replaced by `why` while its head has not been sent.
  virtual void break_off(const error_response& why, std::string& out) = 0;
};

}  // namespace rolecall::proxy
