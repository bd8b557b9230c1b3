#pragma once

#include <string>
#include <string_view>

namespace rolecall::test {

/// What is to be said of bytes from outside. The fuzzers stop at a rule that is broken; the unit
/// tests read the corpora with the same functions.
struct judgement {
  bool valid = false;  ///< taken, not refused
  std::string broken;  ///< the rule that does not hold; empty: all do
};

/// A JSON body: read the same whole and in pieces, and as RapidJSON reads it.
[[nodiscard]] judgement judge_body(std::string_view bytes);

/// A Content-Type, a line feed and a multipart form: its model is the content of one of its parts.
[[nodiscard]] judgement judge_form(std::string_view bytes);

/// A request as the front door receives it: the same whole and in pieces; what is sent upstream is
/// one request, the same one, with one framing.
[[nodiscard]] judgement judge_request(std::string_view bytes);

/// An upstream's answer up to the connection's end, likewise.
[[nodiscard]] judgement judge_response(std::string_view bytes);

/// A path of Ollama's API, a line feed and a request's body: its translation, and that of an answer
/// of the same bytes, are JSON, whole and in pieces.
[[nodiscard]] judgement judge_ollama(std::string_view bytes);

/// An answer's body: the tokens that are counted in it stand in it as a `timings` or `usage` of
/// JSON; whole and in pieces.
[[nodiscard]] judgement judge_tokens(std::string_view bytes);

/// A process's record and learned footprints, as a former daemon left them or a disk tore them.
[[nodiscard]] judgement judge_record(std::string_view bytes);
[[nodiscard]] judgement judge_footprints(std::string_view bytes);

/// An engine's `/metrics`: numbers that count, read as they were written.
[[nodiscard]] judgement judge_metrics(std::string_view bytes);

}  // namespace rolecall::test
