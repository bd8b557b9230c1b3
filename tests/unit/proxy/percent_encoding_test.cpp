#include "orchestrator/proxy/percent_encoding.hpp"

#include <doctest/doctest.h>

using rolecall::proxy::percent_decode;

TEST_CASE("proxy: a path segment is decoded") {
  CHECK(percent_decode("coder") == "coder");
  CHECK(percent_decode("a%2Fb%2f%20c") == "a/b/ c");
  CHECK(percent_decode("%C3%A9") == "\xC3\xA9");
  CHECK(percent_decode("") == "");
  CHECK(percent_decode("a+b") == "a+b");
}

TEST_CASE("proxy: a percent sign without two hexadecimal digits is no encoding") {
  for (const auto* segment : {"%", "a%", "%2", "%2g", "%g2", "%-1", "%+1", "% 1", "%0x"})
    CHECK_MESSAGE(!percent_decode(segment), segment);
}
