#pragma once

#include "orchestrator/proxy/header_fields.hpp"

#include <string>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

namespace rolecall::proxy {

/// Status line and fields of an upstream's answer.
struct response_head {
  unsigned status = 0;
  std::string reason;
  unsigned version = 11;
  header_fields fields;

  void clear();
};

/// Parses one answer. The body is not copied: pieces() are views into the buffer given to put(),
/// valid as long as that memory is.
class response_parser final : public boost::beast::http::basic_parser<false> {
 public:
  /// `pieces` is the parser's while it lives; its memory serves one parser after another.
  response_parser(response_head& out, std::vector<boost::asio::const_buffer>& pieces)
      : out_(out), pieces_(pieces) {
    pieces_.clear();
    eager(true);
    body_limit(boost::none);
    header_limit(64 << 10);
  }

  [[nodiscard]] const std::vector<boost::asio::const_buffer>& pieces() const noexcept {
    return pieces_;
  }
  /// Forgets the pieces, before the memory they point to is reused.
  void release_pieces() noexcept { pieces_.clear(); }

 private:
  using error_code = boost::beast::error_code;
  using text = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb, text, text, int, error_code&) override {}
  void on_response_impl(int status, text reason, int version, error_code& ec) override;
  void on_field_impl(boost::beast::http::field id, text name, text value, error_code& ec) override;
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(text piece, error_code& ec) override;
  void on_chunk_header_impl(std::uint64_t, text, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t remain, text piece, error_code& ec) override;
  void on_finish_impl(error_code&) override {}

  response_head& out_;
  std::vector<boost::asio::const_buffer>& pieces_;
};

}  // namespace rolecall::proxy
