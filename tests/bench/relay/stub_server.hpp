#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rolecall::bench {

/// A request that carries this field is answered by an endless event stream: "<events a
/// second> <nanoseconds of the first event after each full period of the clock>".
inline constexpr std::string_view stream_field = "x-bench-stream";

/// An event says when it was sent, in nanoseconds since 1970, in so many digits: the
/// clock by which the kernel stamps what arrives.
inline constexpr std::string_view stamp_key = R"("sent":)";
inline constexpr std::size_t stamp_digits = 19;

/// Bytes of an event, and of the JSON answer to a request that asks for no stream.
inline constexpr std::size_t event_bytes = 150;
inline constexpr std::size_t answer_bytes = 1024;

/// Where the stub tells how many streams it is sending.
inline constexpr std::string_view streams_target = "/bench/streams";

/// The upstream: takes llama-server's command line, so that rolecalld runs it as its engine, and
/// serves from one thread. `arguments` without the program's name. Returns the exit code.
int run_stub_server(const std::vector<std::string>& arguments);

}  // namespace rolecall::bench
