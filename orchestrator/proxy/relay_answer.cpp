// The second half of relay: an answer's head and body on their way to the client.
#include "orchestrator/proxy/relay.hpp"
#include "orchestrator/proxy/waiting_comments.hpp"

#include <charconv>

#include <boost/beast/http/error.hpp>

namespace rolecall::proxy {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using std::chrono::steady_clock;

namespace {

constexpr std::string_view crlf = "\r\n";
// Bodies beyond this give their memory back as soon as no retry can need them.
constexpr std::size_t kept_body = 16 << 10;
// Of an answer that is received whole before it is passed on.
constexpr std::size_t most_gathered = 256 << 20;
constexpr std::size_t most_error_text = 64 << 10;

asio::const_buffer buffer_of(std::string_view text) { return {text.data(), text.size()}; }

std::string_view text_of(const asio::const_buffer& piece) {
  return {static_cast<const char*>(piece.data()), piece.size()};
}

void append_hexadecimal(std::string& out, std::size_t value) {
  std::array<char, 2 * sizeof value> digits{};
  const auto end = std::to_chars(digits.begin(), digits.end(), value, 16).ptr;
  out.append(digits.begin(), end);
}

}  // namespace

task<relay_outcome> relay::answer(const upstream& target) {
  if (asked_.body.size() > kept_body) {
    asked_.body.clear();
    asked_.body.shrink_to_fit();
  }
  meter_.begin(head_, asked_.method == http::verb::post);
  auto* const translation = to_.translation.get();
  if (translation != nullptr) {
    translation->begin(head_.status, head_.fields.value(http::field::content_type));
    if (!translation->is_stream()) co_return co_await answer_at_once(target);
  }
  if (is_answered_ && !is_event_stream(head_)) co_return co_await answer_as_event(target);
  choose_framing();
  text_.clear();
  const auto length = parser_->content_length();
  if (!is_answered_) append_head(length ? std::optional{*length} : std::nullopt);
  relay_outcome outcome{.status = head_.status};
  // The pieces that came with the head go out with it.
  bool taken = false;
  while (true) {
    prepare_pieces();
    taken = co_await client_.write(out_, environment_.settings.limits.unread_answer);
    parser_->release_pieces();
    if (!taken || parser_->is_done()) break;
    const bool received = co_await receive_pieces();
    if (!received) {
      outcome.reusable = co_await end_early() && keep_alive_;
      outcome.client_gone = client_.interrupted() == interruption::client_gone;
      co_return outcome;
    }
    text_.clear();
  }
  if (!taken) {
    outcome.client_gone = client_.interrupted() != interruption::shutdown;
    co_return outcome;
  }
  outcome.reusable = keep_alive_;
  give_back(target);
  co_return outcome;
}

// A translation that has nothing to say before the end: the client gets a length, and if the
// upstream breaks off, an error in place of the answer.
task<relay_outcome> relay::answer_at_once(const upstream& target) {
  translated_.clear();
  const bool whole = co_await receive_all(translated_);
  if (!whole) co_return unanswered(exchange::broken);
  to_.translation->finish(translated_);
  framing_ = body_framing::length;
  text_.clear();
  append_head(translated_.size());
  out_ = {buffer_of(text_), buffer_of(translated_)};
  relay_outcome outcome{.status = head_.status};
  give_back(target);
  const bool written = co_await client_.write(out_, environment_.settings.limits.unread_answer);
  outcome.client_gone = !written && client_.interrupted() != interruption::shutdown;
  outcome.reusable = written && keep_alive_;
  co_return outcome;
}

// The client was promised an event stream while it waited, and the upstream answered something
// else: an error, which becomes the stream's only event.
task<relay_outcome> relay::answer_as_event(const upstream& target) {
  framing_ = asked_.version >= 11 ? body_framing::chunked : body_framing::until_close;
  translated_.clear();
  const bool whole = co_await receive_all(translated_);
  if (!whole) co_return unanswered(exchange::broken);
  std::erase_if(translated_, [](char c) { return c == '\n' || c == '\r'; });
  translated_.resize(std::min(translated_.size(), most_error_text));
  text_ = "data: ";
  text_.append(translated_).append("\n\n");
  relay_outcome outcome{.status = head_.status, .failure = {}};
  give_back(target);
  const bool written = co_await send_event(text_);
  outcome.client_gone = !written;
  outcome.reusable = written && keep_alive_ && framing_ == body_framing::chunked;
  co_return outcome;
}

// Appends the rest of the body, translated if there is a translation. False: it is incomplete.
task<bool> relay::receive_all(std::string& body) {
  std::size_t received = 0;
  while (true) {
    meter_.pass(parser_->pieces());
    for (const auto& piece : parser_->pieces()) {
      received += piece.size();
      if (to_.translation)
        to_.translation->feed(text_of(piece), body);
      else
        body.append(text_of(piece));
    }
    parser_->release_pieces();
    if (parser_->is_done()) co_return true;
    if (received > most_gathered) co_return false;
    if (!co_await receive_pieces()) co_return false;
  }
}

void relay::give_back(const upstream& target) {
  seen_.is_whole = true;
  client_.attach(nullptr);
  if (parser_->keep_alive())
    environment_.upstreams.put(target.id, std::move(connection_), steady_clock::now());
}

void relay::choose_framing() {
  if (asked_.method == http::verb::head || head_.status == 204 || head_.status == 304)
    framing_ = body_framing::none;
  else if (parser_->content_length() && !to_.translation && !is_answered_)
    framing_ = body_framing::length;
  else
    framing_ = asked_.version >= 11 ? body_framing::chunked : body_framing::until_close;
  if (framing_ == body_framing::until_close) keep_alive_ = false;
}

void relay::append_head(std::optional<std::uint64_t> length) {
  write_response_head(text_, head_, framing_, length, keep_alive_,
                      to_.translation ? to_.translation->content_type() : std::string_view{},
                      asked_.id);
}

// For one write to the client.
void relay::prepare_pieces() {
  meter_.pass(pieces_);
  if (to_.translation)
    translate_pieces();
  else
    note_event_boundary();
  frame_pieces();
}

// In place of the pieces there is one: what came out of them.
void relay::translate_pieces() {
  translated_.clear();
  for (const auto& piece : pieces_) to_.translation->feed(text_of(piece), translated_);
  if (parser_->is_done()) to_.translation->finish(translated_);
  pieces_.clear();
  if (!translated_.empty()) pieces_.push_back(buffer_of(translated_));
}

// Everything that arrived together leaves together: one chunk, one write.
void relay::frame_pieces() {
  const bool chunked = framing_ == body_framing::chunked;
  if (chunked && !pieces_.empty()) {
    append_hexadecimal(text_, asio::buffer_size(pieces_));
    text_.append(crlf);
  }
  out_.clear();
  out_.push_back(buffer_of(text_));
  out_.insert(out_.end(), pieces_.begin(), pieces_.end());
  if (chunked && !pieces_.empty()) out_.push_back(buffer_of(crlf));
  if (chunked && parser_->is_done()) out_.push_back(buffer_of(last_chunk));
}

void relay::note_event_boundary() noexcept {
  for (const auto& piece : pieces_) {
    const auto text = text_of(piece);
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
    if (client_.interrupted() != interruption::none) co_return false;
    const auto now = steady_clock::now();
    seen_.asked->gate.heard(now);  // the head, or the piece before
    if (meter_.passed(now)) trace_.answered(now);
    client_.expires_at(within_total(now + role_.idle));
    const auto got = co_await next_bytes();
    if (!take(got)) {
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

// The client has a status and some of a body. A stream can still say what happened; of any other
// answer the missing end must be seen, so its connection is cut. True: the stream has its end, and
// the connection can carry another request, as its head may have said.
task<bool> relay::end_early() {
  const bool is_stream = to_.translation != nullptr || is_event_stream(head_);
  const bool tellable =
      is_stream && (framing_ == body_framing::chunked || framing_ == body_framing::until_close);
  if (!tellable || client_.interrupted() == interruption::client_gone) co_return false;
  const auto error = broken_off();
  client_.recover();
  std::string event;
  if (to_.translation) {
    to_.translation->break_off(error, event);
  } else {
    const bool at_boundary = last_bytes_ == std::array{'\n', '\n'};
    event = (at_boundary ? "" : "\n\n") + error_event(error, form_of(asked_.target));
  }
  co_return co_await send_event(event) && framing_ == body_framing::chunked;
}

// The stream's last event, and its end. False: the client did not take it.
task<bool> relay::send_event(std::string_view event) {
  std::string framed;
  if (framing_ == body_framing::chunked) {
    // A chunk of nothing would be the last one.
    if (!event.empty()) framed = chunk_of(event);
    framed.append(last_chunk);
  } else {
    framed.append(event);
  }
  out_.assign(1, buffer_of(framed));
  co_return co_await client_.write(out_, client_connection::farewell);
}

error_response relay::broken_off() const {
  const auto incomplete =
      "the answer is incomplete: the llama-server of role '" + role_.name + "' ";
  switch (client_.interrupted()) {
    case interruption::deadline:
      return {.status = 504,
              .code = error_code_words::upstream_deadline,
              .message = incomplete + limit_reached(role_.idle, "idle")};
    case interruption::shutdown:
      return {.status = 503,
              .code = error_code_words::shutting_down,
              .message = "the answer is incomplete: rolecalld is shutting down"};
    case interruption::none:
    case interruption::client_gone:
      break;
  }
  return {.status = 502,
          .code = error_code_words::upstream_failed,
          .message = incomplete + "broke off"};
}

}  // namespace rolecall::proxy
