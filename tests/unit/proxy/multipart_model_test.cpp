#include "orchestrator/proxy/multipart_model.hpp"

#include <doctest/doctest.h>

using namespace rolecall::proxy;

namespace {

constexpr std::string_view form_type = "multipart/form-data; boundary=b";

std::string part(const std::string& name, const std::string& content) {
  return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + content + "\r\n";
}

std::optional<std::string> model_of(std::string_view body, std::string_view type = form_type) {
  const auto found = multipart_model(type, body);
  REQUIRE_MESSAGE(found.has_value(), found.error().message);
  return *found;
}

std::string fault_of(std::string_view body, std::string_view type = form_type) {
  const auto found = multipart_model(type, body);
  REQUIRE_FALSE(found.has_value());
  return found.error().message;
}

}  // namespace

TEST_CASE("proxy: a form's model is the content of the field of that name") {
  CHECK(model_of(part("language", "en") + part("model", "whisper") + part("x", "y") +
                 "--b--\r\n") == "whisper");
  CHECK(model_of("--b\r\ncontent-disposition:form-data;name=model\r\nContent-Type: text/plain\r\n"
                 "\r\nwhisper\r\n--b--") == "whisper");
  CHECK(model_of(part("models", "a") + part("Model", "b") + "--b--") == std::nullopt);
  CHECK(model_of(part("model", "") + "--b--") == std::nullopt);
  CHECK(model_of("--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n--b--") ==
        std::nullopt);
  CHECK(model_of("--b--\r\n") == std::nullopt);
  CHECK(model_of(part("model", "a\r\nb") + "--b--") == "a\r\nb");
  CHECK(model_of(part("model", "first") + part("model", "second") + "--b--") == "first");
}

TEST_CASE("proxy: a file named model is no model") {
  CHECK(model_of("--b\r\nContent-Disposition: form-data; name=\"model\"; filename=\"m.bin\"\r\n\r\n"
                 "bytes\r\n" +
                 part("model", "whisper") + "--b--") == "whisper");
  CHECK(model_of("--b\r\nContent-Type: text/plain\r\n\r\nmodel\r\n--b\r\n\r\nno header\r\n--b--") ==
        std::nullopt);
}

TEST_CASE("proxy: names and boundaries may be quoted and escaped") {
  CHECK(model_of("--a b\r\nContent-Disposition: form-data; filename*=x; name=\"mo\\del\"\r\n\r\n"
                 "whisper\r\n--a b--",
                 "Multipart/Form-Data; charset=utf-8; Boundary=\"a b\"") == "whisper");
  CHECK(model_of("--b\r\nContent-Disposition: form-data; x=\"; name=other\"; name=model\r\n\r\n"
                 "whisper\r\n--b--") == "whisper");
}

TEST_CASE("proxy: a preamble, blanks after a boundary and an epilogue are not content") {
  CHECK(model_of("hello\r\n" + part("model", "whisper") + "--b--\r\ngood bye") == "whisper");
  CHECK(model_of("--b \t\r\nContent-Disposition: form-data; name=model\r\n\r\nwhisper\r\n--b--") ==
        "whisper");
}

TEST_CASE("proxy: what looks like a boundary inside a file is content") {
  const std::string file("\r\n--bb\r\n--b?\r\n\r\r\n--\r\n--\0x--b\r\nname=\"model\"\r\n", 44);
  CHECK(model_of(part("file", file) + part("model", "whisper") + "--b--") == "whisper");
  CHECK(model_of(part("model", "a--b") + "--b--") == "a--b");
}

TEST_CASE("proxy: a form that cannot be taken apart is refused") {
  const auto whole = part("file", "x") + part("model", "whisper") + "--b--";
  // Nothing before the model's end makes a form; what follows it is not looked at.
  const auto needed = whole.find("whisper") + std::string_view{"whisper\r\n--b\r\n"}.size();
  for (std::size_t size = 0; size + 1 < needed; ++size)
    CHECK_FALSE(multipart_model(form_type, whole.substr(0, size)).has_value());
  CHECK(fault_of("") ==
        "cannot read the request's form: the boundary of its Content-Type is not "
        "in it");
  CHECK(fault_of("--b\r\nContent-Disposition: form-data; name=x\r\n\r\nfile")
            .find("end is missing") != std::string::npos);
  CHECK(fault_of("--b\r\nA: b\r\n--b--: c\r\n\r\n--b--").find("header does not end") !=
        std::string::npos);
  CHECK(fault_of("--b\r\nno field\r\n\r\n\r\n--b--").find("no field") != std::string::npos);
  CHECK(fault_of("--b\r\nA: b\r\n folded: c\r\n\r\n\r\n--b--").find("no field") !=
        std::string::npos);
}

TEST_CASE("proxy: headers of parts and models have a limit") {
  CHECK(fault_of("--b\r\nX: " + std::string(9000, 'x') + "\r\n\r\n\r\n--b--").find("8 KiB") !=
        std::string::npos);
  std::string fields;
  for (int i = 0; i < 33; ++i) fields += "X: y\r\n";
  CHECK(fault_of("--b\r\n" + fields + "\r\n\r\n--b--").find("32 fields") != std::string::npos);
  CHECK(fault_of(part("model", std::string(1025, 'm')) + "--b--").find("1024") !=
        std::string::npos);
  CHECK(model_of(part("model", std::string(1024, 'm')) + "--b--") == std::string(1024, 'm'));
}

TEST_CASE("proxy: a form without a boundary is refused") {
  for (const auto* type :
       {"multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary",
        "multipart/form-data; boundary=\"b", "multipart/form-data; charset=x; x",
        "multipart/form-data; "
        "boundary=1234567890123456789012345678901234567890123456789012345678901"
        "2345678901"})
    CHECK(fault_of("--b--", type).find("boundary") != std::string::npos);
}

TEST_CASE("proxy: only multipart/form-data is such a form") {
  CHECK(is_multipart_form("multipart/form-data; boundary=x"));
  CHECK(is_multipart_form("Multipart/Form-Data ;boundary=x"));
  CHECK_FALSE(is_multipart_form("multipart/mixed; boundary=x"));
  CHECK_FALSE(is_multipart_form("multipart/form-data-x"));
  CHECK_FALSE(is_multipart_form(""));
}
