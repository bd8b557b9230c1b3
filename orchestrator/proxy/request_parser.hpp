#pragma once

#include "orchestrator/proxy/header_fields.hpp"

#include <string>

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/verb.hpp>

namespace rolecall::proxy {

/// A client's request, complete. One object serves a connection's requests one after another.
struct request {
  boost::beast::http::verb method = boost::beast::http::verb::unknown;
  std::string method_name;
  std::string target;  ///< as received
  unsigned version = 11;
  header_fields fields;
  std::string id;    ///< X-Request-Id: the client's or ours; given by who receives the request
  std::string body;  ///< decoded when it came in chunks, otherwise byte for byte

  void clear();
};

/// Parses one request into a `request`. Bodies are bounded by body_limit(), headers by
/// header_limit() and by their number, in which the rules on headers are quadratic. Those rules are
/// not its business.
class request_parser final : public boost::beast::http::basic_parser<true> {
 public:
  /// llama-server's HTTP library takes 100.
  static constexpr std::size_t most_fields = 200;

  explicit request_parser(request& out) : out_(out) { eager(true); }

 private:
  using error_code = boost::beast::error_code;
  using text = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb method, text name, text target, int version,
                       error_code& ec) override;
  void on_response_impl(int, text, int, error_code&) override {}
  void on_field_impl(boost::beast::http::field id, text name, text value, error_code& ec) override;
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code& ec) override;
  std::size_t on_body_impl(text piece, error_code& ec) override;
  void on_chunk_header_impl(std::uint64_t, text, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t remain, text piece, error_code& ec) override;
  void on_finish_impl(error_code&) override {}

  request& out_;
  std::size_t length_ = 0;  // of the body; 0: it comes in chunks
};

}  // namespace rolecall::proxy
