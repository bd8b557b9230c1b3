// The second half of relay: an answer's head and body on their way to the client.
#include "orchestrator/proxy/relay.hpp"

#include <charconv>

#include <boost/beast/http/error.hpp>

namespace rolecall::proxy {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using std::chrono::steady_clock;

namespace {

constexpr std::string_view crlf = "\r\n";
constexpr std::string_view last_chunk = "0\r\n\r\n";
// Bodies beyond this give their memory back as soon as no retry can need them.
constexpr std::size_t kept_body = 16 << 10;
constexpr std::chrono::seconds farewell{1};

asio::const_buffer buffer_of(std::string_view text) { return {text.data(), text.size()}; }

void append_hexadecimal(std::string& out, std::size_t value) {
  std::array<char, 2 * sizeof value> digits{};
  const auto end = std::to_chars(digits.begin(), digits.end(), value, 16).ptr;
  out.append(digits.begin(), end);
}

}  // namespace

task<relay_outcome> relay::answer(const upstream& target) {
  if (asked_.body.size() > kept_body) std::string{}.swap(asked_.body);
  choose_framing();
  text_.clear();
  write_response_head(
      text_, head_, framing_,
      parser_->content_length() ? std::optional{*parser_->content_length()} : std::nullopt,
      keep_alive_);
  relay_outcome outcome{.status = head_.status};
  // The pieces that came with the head go out with it.
  bool whole = co_await forward_pieces();
  while (whole && !parser_->is_done()) {
    if (!co_await receive_pieces()) {
      co_await end_early();
      outcome.client_gone = client_.interrupted() == interruption::client_gone;
      co_return outcome;
    }
    text_.clear();
    whole = co_await forward_pieces();
  }
  if (!whole) {
    outcome.client_gone = client_.interrupted() != interruption::shutdown;
    co_return outcome;
  }
  outcome.reusable = keep_alive_;
  client_.attach(nullptr);
  if (parser_->keep_alive())
    environment_.upstreams.put(target.id, std::move(connection_), steady_clock::now());
  co_return outcome;
}

void relay::choose_framing() {
  if (asked_.method == http::verb::head || head_.status == 204 || head_.status == 304)
    framing_ = body_framing::none;
  else if (parser_->content_length())
    framing_ = body_framing::length;
  else
    framing_ = asked_.version >= 11 ? body_framing::chunked : body_framing::until_close;
  if (framing_ == body_framing::until_close) keep_alive_ = false;
}

// False: the client takes no more.
task<bool> relay::forward_pieces() {
  frame_pieces();
  note_event_boundary();
  const bool written = co_await client_.write(out_, environment_.settings.limits.unread_answer);
  parser_->release_pieces();
  co_return written;
}

// Everything that arrived together leaves together: one chunk, one write.
void relay::frame_pieces() {
  const auto& pieces = parser_->pieces();
  const bool chunked = framing_ == body_framing::chunked;
  if (chunked && !pieces.empty()) {
    append_hexadecimal(text_, asio::buffer_size(pieces));
    text_.append(crlf);
  }
  out_.clear();
  out_.push_back(buffer_of(text_));
  out_.insert(out_.end(), pieces.begin(), pieces.end());
  if (chunked && !pieces.empty()) out_.push_back(buffer_of(crlf));
  if (chunked && parser_->is_done()) out_.push_back(buffer_of(last_chunk));
}

void relay::note_event_boundary() noexcept {
  for (const auto& piece : parser_->pieces()) {
    const std::string_view text{static_cast<const char*>(piece.data()), piece.size()};
    if (text.size() >= 2)
      last_bytes_ = {text[text.size() - 2], text.back()};
    else
      last_bytes_ = {last_bytes_[1], text.back()};
  }
}

// Until there is something to forward, or the body's end. False: the upstream broke off, or an
// interruption.
task<bool> relay::receive_pieces() {
  while (true) {
    client_.expires_at(steady_clock::now() + role_.first_byte);
    if (!co_await receive()) {
      // Only a body that ends with its connection may end like this.
      boost::beast::error_code ec;
      if (!ended_ || !parser_->need_eof()) co_return false;
      parser_->put_eof(ec);
      co_return !ec;
    }
    boost::beast::error_code ec;
    auto& input = connection_->input;
    input.consume(parser_->put(input.data(), ec));
    if (ec && ec != http::error::need_more) co_return false;
    if (!parser_->pieces().empty() || parser_->is_done()) co_return true;
  }
}

// The client has a status and some of a body. An event stream can still say what happened; of any
// other answer the missing end must be seen, so its connection is cut.
task<void> relay::end_early() {
  const bool tellable = is_event_stream(head_) && (framing_ == body_framing::chunked ||
                                                   framing_ == body_framing::until_close);
  if (!tellable || client_.interrupted() == interruption::client_gone) co_return;
  error_response error{.status = 502, .code = error_code_words::upstream_failed};
  switch (client_.interrupted()) {
    case interruption::none:
      error.message =
          "the answer is incomplete: the llama-server of role '" + role_.name + "' broke off";
      break;
    case interruption::deadline:
      error.status = 504;
      error.code = error_code_words::upstream_deadline;
      error.message = "the answer is incomplete: the llama-server of role '" + role_.name +
                      "' sent nothing for " + std::to_string(role_.first_byte.count()) + " s";
      break;
    case interruption::shutdown:
      error.status = 503;
      error.code = error_code_words::shutting_down;
      error.message = "the answer is incomplete: rolecalld is shutting down";
      break;
    case interruption::client_gone:
      co_return;
  }
  client_.recover();
  const bool at_boundary = last_bytes_ == std::array{'\n', '\n'};
  const auto event = (at_boundary ? "" : "\n\n") + error_event(error);
  text_.clear();
  if (framing_ == body_framing::chunked) {
    append_hexadecimal(text_, event.size());
    text_.append(crlf).append(event).append(crlf).append(last_chunk);
  } else {
    text_.append(event);
  }
  out_.assign(1, buffer_of(text_));
  co_await client_.write(out_, farewell);
}

}  // namespace rolecall::proxy
