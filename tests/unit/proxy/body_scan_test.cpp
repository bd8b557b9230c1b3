#include "orchestrator/proxy/body_scan.hpp"

#include "orchestrator/proxy/text_run.hpp"
#include "tests/support/body_reference.hpp"
#include "tests/unit/proxy/scanned_body.hpp"

#include <random>
#include <vector>

#include <doctest/doctest.h>

using namespace rolecall::proxy;
using rolecall::proxy::test::scan;
using rolecall::test::body_reference;
using rolecall::test::read_by_reference;

namespace {

std::optional<std::string> model_of(std::string_view body) {
  const auto found = scan(body);
  REQUIRE_MESSAGE(found.has_value(), body);
  CHECK(found->model_fault.empty());
  return found->model;
}

std::string fault_of(std::string_view body) {
  const auto found = scan(body);
  REQUIRE_MESSAGE(!found.has_value(), body);
  return found.error().message;
}

std::string model_fault_of(std::string_view body) {
  const auto found = scan(body);
  REQUIRE_MESSAGE(found.has_value(), body);
  CHECK(found->model == std::nullopt);
  return std::string{found->model_fault};
}

std::optional<std::int64_t> slot_of(const std::string& value) {
  const auto found = scan(R"({"id_slot":)" + value + "}");
  REQUIRE_MESSAGE(found.has_value(), value);
  return found->id_slot;
}

bool streams(std::string_view body) {
  const auto found = scan(body);
  REQUIRE_MESSAGE(found.has_value(), body);
  return found->stream;
}

bool same(const boost::system::result<body_facts, body_fault>& a,
          const boost::system::result<body_facts, body_fault>& b) {
  if (a.has_value() != b.has_value()) return false;
  if (!a) return a.error().what == b.error().what && a.error().message == b.error().message;
  return a->model == b->model && a->model_fault == b->model_fault && a->stream == b->stream &&
         a->id_slot == b->id_slot && a->prefix == b->prefix;
}

const std::vector<std::string> small_documents = {
    "\xEF\xBB\xBF {\"model\":\"coder\",\"stream\":true}\r\n",
    R"({"m\u006fdel":"c\u006fd\u00e9r\ud83d\ude00\n","id_slot":-12.5e1})",
    R"({"messages":[{"role":"system","content":"be brief"},{"content":"a\"b","role":"user"},3]})",
    R"({"system":[{"type":"text"}],"messages":[{"role":"us\u0065r","content":"x"}],"prompt":null})",
    R"([[],{},[1,-0,0.5,1e+9,true,false,null],{"a":{"model":"inner"}}])",
    R"({"id_slot":true,"stream":tru})",
    R"({"model":"\ud83d\u0041"})",
    R"({"model":"coder","x":[1,2})",
    "{\"a\":\"\x01\"}",
    R"({"a":01})",
    R"({"a":-})",
    "\xEF\xBB{}",
    "  ",
    "-1.5E-3",
};

}  // namespace

TEST_CASE("proxy: the model is read from the top level of the body") {
  CHECK(model_of(R"({"model":"coder"})") == "coder");
  CHECK(model_of(R"( {"messages":[{"model":"inner"}],"model":"outer","n":1.5e300} )") == "outer");
  CHECK(model_of(R"({"options":{"model":"inner"}})") == std::nullopt);
  CHECK(model_of(R"([{"model":"in an array"}])") == std::nullopt);
  CHECK(model_of(R"({"a":"model","b":"coder"})") == std::nullopt);
  CHECK(model_of(R"({"models":"a","mode":"b","Model":"c"})") == std::nullopt);
}

TEST_CASE("proxy: an absent, null or empty model names no role") {
  CHECK(model_of("{}") == std::nullopt);
  CHECK(model_of(R"({"model":null})") == std::nullopt);
  CHECK(model_of(R"({"model":""})") == std::nullopt);
  CHECK(model_of("3") == std::nullopt);
}

TEST_CASE("proxy: of two models in a body the last one counts") {
  CHECK(model_of(R"({"model":"first","model":"last"})") == "last");
  CHECK(model_of(R"({"model":"first","model":null})") == std::nullopt);
  CHECK(model_of(R"({"model":7,"model":"last"})") == "last");
  CHECK(model_fault_of(R"({"model":"first","model":7})") == "must be a string");
  CHECK(model_of(R"({"model":")" + std::string(2000, 'm') + R"(","model":"last"})") == "last");
}

TEST_CASE("proxy: escapes in the key and the name are read as JSON has them") {
  CHECK(model_of(R"({"m\u006fdel":"c\u006Fder"})") == "coder");
  CHECK(model_of(R"({"model":"\"\\\/\b\f\n\r\t"})") == "\"\\/\b\f\n\r\t");
  CHECK(model_of(R"({"model":"\u00e9\u20AC\uD83D\uDE00"})") == "\u00e9\u20ac\U0001F600");
  CHECK(model_of(R"({"model":"\u0000"})") == std::string(1, '\0'));
  for (const auto* half : {R"("\uD83D")", R"("\uD83Dx")", R"("\uD83D\n")", R"("\uD83D\u0041")",
                           R"("\uDE00")", R"("\uD83D\uD83D\uDE00")"})
    CHECK(fault_of(half).find("surrogate") != std::string::npos);
}

TEST_CASE("proxy: a byte order mark before the body is skipped") {
  CHECK(model_of("\xEF\xBB\xBF{\"model\":\"coder\"}") == "coder");
  CHECK(fault_of("\xEF\xBB{}").find("offset 2") != std::string::npos);
  CHECK(fault_of("{}\xEF\xBB\xBF").find("offset 2") != std::string::npos);
}

TEST_CASE("proxy: a malformed body is refused with the offset of the fault") {
  CHECK(fault_of(R"({"model":"coder")").find("offset 16") != std::string::npos);
  CHECK(fault_of(R"({"model":"coder"} x)").find("offset 18") != std::string::npos);
  CHECK(fault_of(R"({"model":"coder","x":[1,2})").find("offset 25") != std::string::npos);
  CHECK(fault_of("").find("empty") != std::string::npos);
  CHECK(fault_of(" \n").find("empty") != std::string::npos);
  CHECK(fault_of(std::string_view{"{\"model\":\"a\"}\0{}", 16}).find("offset 13") !=
        std::string::npos);
  CHECK(fault_of("{'model':'coder'}").find("offset 1)") != std::string::npos);
  for (const auto* body :
       {"{",         "[",      "[1,]",     "[,1]",  "{\"a\":1,}", "{\"a\"}", "{\"a\" 1}",
        "{1:2}",     "[1 2]",  "]",        "}",     "[}",         "{]",      "+1",
        "01",        "1.",     ".5",       "1e",    "1e+",        "-",       "--1",
        "0x1",       "nul",    "nulL",     "truee", "\"a",        "\"\\x\"", "\"\\u12g4\"",
        "\"\\u12\"", "\"\t\"", "\"a\nb\"", "{} {}", "NaN",        "//"})
    CHECK_MESSAGE(!scan(body).has_value(), body);
}

TEST_CASE("proxy: a model that is no text, or a very long one, names no role") {
  for (const auto* body :
       {R"({"model":7})", R"({"model":-7})", R"({"model":true})", R"({"model":{}})",
        R"({"model":["coder"]})", R"({"model":1e3})", R"({"model":{"model":"coder"}})"})
    CHECK_MESSAGE(model_fault_of(body) == "must be a string", body);
  CHECK(model_of(R"({"model":")" + std::string(1024, 'm') + "\"}") == std::string(1024, 'm'));
  CHECK(model_fault_of(R"({"model":")" + std::string(1025, 'm') + "\"}") ==
        "is longer than 1024 bytes");
}

TEST_CASE("proxy: nesting is read to 1000 levels and costs no stack") {
  const auto nested = [](std::size_t levels) {
    return R"({"x":)" + std::string(levels - 1, '[') + std::string(levels - 1, ']') +
           R"(,"model":"coder"})";
  };
  CHECK(model_of(nested(1000)) == "coder");
  const auto deeper = scan(nested(1001));
  REQUIRE_FALSE(deeper.has_value());
  CHECK(deeper.error().what == body_fault::kind::too_deep);
  CHECK(fault_of(std::string(4'000'000, '[')).find("levels of nesting") != std::string::npos);
}

TEST_CASE("proxy: a stream is asked for by a stream that is true, the last one") {
  CHECK(streams(R"({"stream":true})"));
  CHECK(streams(R"({"stream":false,"stre\u0061m":true})"));
  for (const auto* body : {R"({"stream":false})", R"({"stream":true,"stream":null})", "{}",
                           R"({"stream":"true"})", R"({"stream":1})", R"({"a":{"stream":true}})"})
    CHECK_FALSE(streams(body));
}

TEST_CASE("proxy: a slot is read as llama-server reads it") {
  CHECK(slot_of("0") == 0);
  CHECK(slot_of("-1") == -1);
  CHECK(slot_of("3") == 3);
  CHECK(slot_of("3.9") == 3);
  CHECK(slot_of("-0.9") == 0);
  CHECK(slot_of("2e1") == 20);
  CHECK(slot_of("true") == 1);
  CHECK(slot_of("false") == 0);
  for (const auto* none : {"null", "\"3\"", "[3]", "{\"id_slot\":3}"})
    CHECK(slot_of(none) == std::nullopt);
  CHECK(slot_of("1,\"id_slot\":2") == 2);
  CHECK(slot_of("1,\"id_slot\":null") == std::nullopt);
}

TEST_CASE("proxy: a slot beyond 32 bits is the largest number, not what is left of it") {
  for (const auto* number : {"2147483648", "4294967296", "-2147483649", "1e30", "-1e30", "1e999",
                             "99999999999999999999999999999999999999999999999999999999999999999"})
    CHECK(slot_of(number) == std::numeric_limits<std::int64_t>::max());
  CHECK(slot_of("2147483647") == 2147483647);
  CHECK(slot_of("-2147483648") == -2147483648LL);
}

TEST_CASE("proxy: a body is read the same wherever it is cut in two, and byte by byte") {
  for (const auto& document : small_documents) {
    CAPTURE(document);
    const auto whole = scan(document);
    for (std::size_t cut = 0; cut <= document.size(); ++cut) {
      body_scan halves;
      halves.feed(std::string_view{document}.substr(0, cut));
      halves.feed(std::string_view{document}.substr(cut));
      CHECK(same(halves.finish(), whole));
    }
    CHECK(same(scan(document, 1), whole));
    CHECK(same(scan(document, 3), whole));
  }
}

TEST_CASE("proxy: the end of a run of text is found at every place, by either way to look") {
  for (std::size_t size = 0; size < 200; ++size) {
    for (const char end : {'"', '\\', '\0', '\x1F', '\n', 'x', '\x20', '\x7F', '\x80', '\xFF'}) {
      std::string text(size + 1, 'a');
      for (std::size_t at = 0; at <= size; at += 1 + size / 7) {
        text[at] = end;
        const auto* const last = text.data() + text.size();
        const auto* const expected = ends_text_run(end) ? text.data() + at : last;
        CHECK(end_of_text_run(text.data(), last) == expected);
        CHECK(text_run::portable_end(text.data(), last) == expected);
        text[at] = 'a';
      }
    }
  }
}

namespace {

// Documents near JSON: well-formed ones, most of them then damaged.
class document_generator {
 public:
  explicit document_generator(std::uint64_t seed) : random_(seed) {}

  std::string document() {
    text_.clear();
    if (one_in(20)) text_ += "\xEF\xBB\xBF";
    space();
    one_in(12) ? value(0) : object(0);
    space();
    for (auto damages = pick(3); damages > 0 && !text_.empty(); --damages) damage();
    return text_;
  }

  std::size_t pick(std::size_t below) { return random_() % below; }

 private:
  bool one_in(std::size_t n) { return pick(n) == 0; }

  std::string_view any(std::initializer_list<std::string_view> of) {
    return *(of.begin() + static_cast<std::ptrdiff_t>(pick(of.size())));
  }

  void space() {
    if (one_in(4)) text_ += any({" ", "\n", "\t ", "\r\n", "  "});
  }

  void string() {
    text_ += '"';
    for (auto pieces = pick(4); pieces > 0; --pieces) {
      text_ +=
          any({"a", "coder", "\\n", "\\\"", "\\\\", "\\u0041", "\\ud83d\\ude00", "\\u00e9",
               "\xC3\xA9", "\xFF", "0123456789abcdef0123456789abcdef", "\\/", "model", "{", "]"});
      if (one_in(60)) text_ += any({"\\ud83d", "\\ude00", "\\x", "\n", "\\u12"});
    }
    text_ += '"';
  }

  void key() {
    if (one_in(2))
      text_ += any({R"("model")", R"("model")", R"("mod\u0065l")", R"("stream")", R"("messages")",
                    R"("role")", R"("models")", R"("")"});
    else
      string();
  }

  void object(std::size_t depth) {
    text_ += '{';
    for (auto members = pick(5); members > 0; --members) {
      space();
      key();
      space();
      text_ += ':';
      value(depth + 1);
      if (members > 1) text_ += ',';
    }
    space();
    text_ += '}';
  }

  void array(std::size_t depth) {
    text_ += '[';
    for (auto elements = pick(4); elements > 0; --elements) {
      value(depth + 1);
      if (elements > 1) text_ += ',';
    }
    text_ += ']';
  }

  void value(std::size_t depth) {
    space();
    switch (pick(depth > 6 ? 4 : 6)) {
      case 0:
      case 1:
        string();
        break;
      case 2:
        text_ += any({"0", "-0", "12", "-7", "1.5", "0.25e-7", "1E5", "9007199254740993", "-1e+2"});
        break;
      case 3:
        text_ += any({"true", "false", "null"});
        break;
      case 4:
        object(depth);
        break;
      default:
        array(depth);
        break;
    }
    space();
  }

  void damage() {
    const auto at = pick(text_.size());
    switch (pick(5)) {
      case 0:
        text_[at] = static_cast<char>(random_());
        break;
      case 1:
        text_.erase(at, 1 + pick(3));
        break;
      case 2:
        text_.insert(at, any({"{", "}", "[", "]", ",", ":", "\"", "\\", "0", "-", "e", ".", "t",
                              std::string_view{"\0", 1}}));
        break;
      case 3:
        text_.resize(at);
        break;
      default:
        text_.insert(at, text_.substr(at, pick(20)));
        break;
    }
  }

  std::mt19937_64 random_;
  std::string text_;
};

}  // namespace

TEST_CASE("proxy: 20,000 documents, cut anywhere, are read as RapidJSON reads them") {
  constexpr int documents = 20'000;
  document_generator generate(20240611);
  int well_formed = 0, named = 0;
  for (int i = 0; i < documents; ++i) {
    const auto document = generate.document();
    CAPTURE(i);
    CAPTURE(document);
    const auto expected = read_by_reference(document);
    if (expected.what == body_reference::verdict::unlike) continue;
    body_scan scanned;
    for (std::string_view rest = document; !rest.empty();) {
      const auto size = std::min(rest.size(), 1 + generate.pick(40));
      // Its own memory, so that a look beyond the piece is seen by sanitizers.
      const std::vector<char> piece(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(size));
      scanned.feed({piece.data(), piece.size()});
      rest.remove_prefix(size);
    }
    const auto found = scanned.finish();
    REQUIRE(found.has_value() == (expected.what == body_reference::verdict::well_formed));
    REQUIRE(same(found, scan(document)));
    if (!found) continue;
    ++well_formed;
    if (found->model) ++named;
    REQUIRE(found->model == expected.model);
    REQUIRE(found->model_fault.empty() == expected.model_is_text);
    REQUIRE(found->stream == expected.stream);
  }
  // The generator does what it is for.
  CHECK(well_formed > documents / 4);
  CHECK(well_formed < documents * 3 / 4);
  CHECK(named > documents / 50);
}
