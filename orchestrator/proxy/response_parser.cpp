#include "orchestrator/proxy/response_parser.hpp"

namespace rolecall::proxy {

void response_head::clear() {
  reason.clear();
  fields.clear();
}

void response_parser::on_response_impl(int status, text reason, int version, error_code& ec) {
  out_.status = static_cast<unsigned>(status);
  out_.reason.assign(reason.data(), reason.size());
  out_.version = static_cast<unsigned>(version);
  ec = {};
}

void response_parser::on_field_impl(boost::beast::http::field id, text name, text value,
                                    error_code& ec) {
  ec = {};
  if (!is_header_done()) out_.fields.add(id, name, value);
}

std::size_t response_parser::on_body_impl(text piece, error_code& ec) {
  ec = {};
  if (!piece.empty()) pieces_.emplace_back(piece.data(), piece.size());
  return piece.size();
}

std::size_t response_parser::on_chunk_body_impl(std::uint64_t, text piece, error_code& ec) {
  return on_body_impl(piece, ec);
}

}  // namespace rolecall::proxy
