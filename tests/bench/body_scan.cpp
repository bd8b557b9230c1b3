// What it costs to read a request's body for routing: a chat request of 1 KiB, and long strings as
// images have them. RapidJSON's reader, which makes no document either, beside it.

#include "orchestrator/proxy/body_scan.hpp"

#include "tests/support/body_reference.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#include <time.h>

namespace {

constexpr int runs = 21;
constexpr std::size_t piece = 128 << 10;  // as the session reads a large body

std::string small_chat() {
  std::string body =
      R"({"model":"coder","stream":true,"temperature":0.7,"max_tokens":256,"messages":[)"
      R"({"role":"system","content":"You answer briefly."},{"role":"user","content":")";
  while (body.size() < 1020) body += "Why does the loop end before the last line? ";
  body.resize(1020);
  return body + R"("}]})";
}

// Many turns with code in them: short runs between escapes.
std::string long_chat() {
  std::string body = R"({"model":"coder","messages":[)";
  while (body.size() < 1 << 20) {
    body += body.ends_with('[') ? "" : ",";
    body += R"({"role":"user","content":")";
    for (int line = 0; line < 40; ++line)
      body += R"(  const auto found = table.find(\"name\");\n\tif (!found) return;\n)";
    body += R"("})";
  }
  return body + "]}";
}

std::string image() {
  return R"({"model":"vision","messages":[{"role":"user","content":[{"type":"image_url",)"
         R"("image_url":{"url":"data:image/png;base64,)" +
         std::string(32 << 20, 'A') + R"("}}]}]})";
}

std::string numbers() {
  std::string body = R"({"model":"embedder","input":[[)";
  for (unsigned token = 1; body.size() < 1 << 20; token = token * 1103515245 + 12345)
    body += std::to_string(token >> 15) + ",";
  body.back() = ']';
  return body + "]}";
}

bool scans(std::string_view body) {
  rolecall::proxy::body_scan scanned;
  for (std::size_t at = 0; at < body.size(); at += piece) scanned.feed(body.substr(at, piece));
  const auto found = scanned.finish();
  return found && found->model;
}

bool reads_by_reference(std::string_view body) {
  return rolecall::test::read_by_reference(body).model.has_value();
}

// Of this thread, in nanoseconds: others on the machine count less than with a clock on the wall.
double processor_time() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

// Nanoseconds per body, each run over about 32 MiB.
template <class Reader>
bool measure(std::string_view name, std::string_view body, Reader read) {
  const auto times = std::max<std::size_t>(1, (std::size_t{32} << 20) / body.size());
  std::array<double, runs> nanoseconds{};
  for (auto& result : nanoseconds) {
    const double begun = processor_time();
    for (std::size_t i = 0; i < times; ++i)
      if (!read(body)) return false;
    result = (processor_time() - begun) / static_cast<double>(times);
  }
  std::ranges::sort(nanoseconds);
  const auto bytes = static_cast<double>(body.size());
  std::printf("%-28.*s %12.0f %12.0f %12.0f %10.2f\n", static_cast<int>(name.size()), name.data(),
              nanoseconds.front(), nanoseconds[runs / 2], nanoseconds.back(),
              bytes / nanoseconds[runs / 2]);
  return true;
}

}  // namespace

int main() {
  std::printf("%-28s %12s %12s %12s %10s\n", "", "min ns", "median ns", "max ns", "GB/s");
  bool read = true;
  for (const auto& [name, body] :
       {std::pair{"chat, 1 KiB", small_chat()}, std::pair{"chat with code, 1 MiB", long_chat()},
        std::pair{"tokens, 1 MiB", numbers()}, std::pair{"image, 32 MiB", image()}}) {
    read = measure(name, body, scans) && read;
    read = measure("  RapidJSON", body, reads_by_reference) && read;
  }
  if (!read) std::fputs("bench_body_scan: a body was not read\n", stderr);
  return read ? 0 : 1;
}
