#include "orchestrator/proxy/request_parser.hpp"

#include <algorithm>

#include <boost/beast/http/error.hpp>

namespace rolecall::proxy {
namespace {

// A Content-Length is a promise that a client need not keep: memory beyond this grows with what
// arrives.
constexpr std::uint64_t largest_advance = 1 << 20;
// Bodies beyond this give their memory back after the request.
constexpr std::size_t kept_capacity = 16 << 10;

}  // namespace

void request::clear() {
  method = boost::beast::http::verb::unknown;
  version = 11;
  method_name.clear();
  target.clear();
  fields.clear();
  id.clear();
  body.clear();
  if (body.capacity() > kept_capacity) body = {};
}

void request_parser::on_request_impl(boost::beast::http::verb method, text name, text target,
                                     int version, error_code& ec) {
  out_.method = method;
  out_.method_name.assign(name.data(), name.size());
  out_.target.assign(target.data(), target.size());
  out_.version = static_cast<unsigned>(version);
  ec = {};
}

void request_parser::on_field_impl(boost::beast::http::field id, text name, text value,
                                   error_code& ec) {
  ec = {};
  if (is_header_done()) return;  // a trailer: nothing here may depend on it, so it ends here
  if (out_.fields.size() >= most_fields)
    ec = boost::beast::http::error::header_limit;
  else
    out_.fields.add(id, name, value);
}

void request_parser::on_body_init_impl(const boost::optional<std::uint64_t>& length,
                                       error_code& ec) {
  ec = {};
  length_ = static_cast<std::size_t>(length.value_or(0));
  if (length) out_.body.reserve(static_cast<std::size_t>(std::min(*length, largest_advance)));
}

std::size_t request_parser::on_body_impl(text piece, error_code& ec) {
  ec = {};
  // Once the advance is used up, the rest in one go: growing by halves would copy a large body over
  // and over, and hold it twice. Pages that nothing has been written to cost nothing.
  if (out_.body.size() + piece.size() > out_.body.capacity()) out_.body.reserve(length_);
  out_.body.append(piece.data(), piece.size());
  return piece.size();
}

std::size_t request_parser::on_chunk_body_impl(std::uint64_t, text piece, error_code& ec) {
  return on_body_impl(piece, ec);
}

}  // namespace rolecall::proxy
