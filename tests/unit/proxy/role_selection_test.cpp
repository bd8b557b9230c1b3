#include "orchestrator/proxy/role_selection.hpp"

#include "tests/unit/proxy/selection_case.hpp"

#include <doctest/doctest.h>

using namespace rolecall::proxy;
using namespace rolecall::proxy::test;
using boost::beast::http::verb;

TEST_CASE("proxy: the body's model names the role, by role, alias or model") {
  const asked_for ask;
  for (const auto* body :
       {R"({"model":"coder"})", R"({"model":"gpt-4"})", R"({"model":"qwen-coder"})"}) {
    const auto to = role_of(ask.post("/v1/chat/completions?x=%20", body));
    CHECK(to.role->name == "coder");
    CHECK(to.target == "/v1/chat/completions?x=%20");
  }
}

TEST_CASE("proxy: every inference route of the front door is served") {
  const asked_for ask;
  for (const auto* path :
       {"/v1/chat/completions", "/v1/completions", "/v1/responses", "/v1/embeddings", "/v1/rerank",
        "/v1/messages", "/v1/messages/count_tokens", "/completion", "/infill", "/tokenize",
        "/detokenize", "/apply-template", "/rerank", "/embedding", "/embeddings"})
    CHECK(role_of(ask.post(path, R"({"model":"math"})")).target == path);
}

TEST_CASE("proxy: a role's prefix is stripped, whatever the route, method and body") {
  const asked_for ask;
  struct row {
    verb method;
    std::string_view target;
    std::string_view upstream_target;
  };
  for (const auto& row :
       {row{verb::get, "/roles/coder/slots?fail=1", "/slots?fail=1"},
        row{verb::post, "/roles/coder/v1/completions", "/v1/completions"},
        row{verb::delete_, "/roles/coder/x", "/x"}, row{verb::head, "/roles/coder", "/"},
        row{verb::get, "/roles/coder?x=1", "/?x=1"}, row{verb::get, "/roles/coder/", "/"},
        row{verb::get, "/roles/coder//a/%2e%2e", "//a/%2e%2e"},
        row{verb::get, "/roles/c%6Fder/props", "/props"}}) {
    const auto to = role_of(ask(row.method, row.target, "not { json"));
    CHECK(to.role->name == "coder");
    CHECK(to.target == row.upstream_target);
  }
}

TEST_CASE("proxy: a role's prefix beats the body's model") {
  const asked_for ask;
  CHECK(role_of(ask.post("/roles/math/v1/completions", R"({"model":"coder"})")).role->name ==
        "math");
}

TEST_CASE("proxy: the absolute form of a target means the same") {
  const asked_for ask;
  CHECK(role_of(ask.post("http://front:8070/v1/completions?a=b", R"({"model":"math"})")).target ==
        "/v1/completions?a=b");
  CHECK(page_of(ask(verb::get, "HTTP://front")).what == own_request::page::home);
}

TEST_CASE("proxy: a request that names no role goes to the default role, or is told the roles") {
  asked_for ask;
  const auto error = error_of(ask.post("/v1/completions", "{}"));
  CHECK(error.status == 400);
  CHECK(error.code == "model_required");
  CHECK(error.message.find("coder, math") != std::string::npos);
  ask.routes.table.default_role = &ask.routes.table.roles[1];
  CHECK(role_of(ask.post("/v1/completions", "{}")).role->name == "math");
  CHECK(role_of(ask.post("/v1/completions", R"({"model":"coder"})")).role->name == "coder");
}

TEST_CASE("proxy: a form goes to the role that its model names, or to the default role") {
  asked_for ask;
  ask.routes.table.default_role = &ask.routes.table.roles[0];
  const auto transcribe = [&ask](std::string_view body,
                                 std::string_view type = "Multipart/Form-Data; boundary=x") {
    return ask(verb::post, "/v1/audio/transcriptions", body, type);
  };
  CHECK(role_of(transcribe("--x\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nmath\r\n"
                           "--x--\r\n"))
            .role->name == "math");
  CHECK(role_of(transcribe("--x--\r\n")).role->name == "coder");
  CHECK(role_of(transcribe("model=math", "application/x-www-form-urlencoded")).role->name ==
        "coder");
  const auto broken = error_of(transcribe("--x\r\n"));
  CHECK(broken.status == 400);
  CHECK(broken.code == "bad_request");
  CHECK(error_of(ask(verb::post, "/v1/completions", "--x", "text/plain")).status == 400);
}

TEST_CASE("proxy: JSON that a client such as curl sends as a form is read as JSON") {
  CHECK(role_of(asked_for{}(verb::post, "/v1/completions", R"({"model":"math"})",
                            "application/x-www-form-urlencoded"))
            .role->name == "math");
}

TEST_CASE("proxy: a body is scanned when it goes to an inference route and is no multipart form") {
  const auto wants = [](verb method, std::string_view target,
                        std::string_view type = "application/json") {
    return wants_scan({.method = method, .target = target, .content_type = type, .body = {}});
  };
  for (const auto* target : {"/v1/chat/completions", "/v1/messages?beta=true", "http://host/infill",
                             "/roles/coder/completion", "/roles/c%6Fder/v1/%63ompletions"})
    CHECK_MESSAGE(wants(verb::post, target), target);
  for (const auto* target : {"/health", "/v1/models", "/roles/coder/slots/0?action=save",
                             "/roles/coder", "/roles/", "/nothing", "/roles/coder/%zz"})
    CHECK_FALSE_MESSAGE(wants(verb::post, target), target);
  CHECK_FALSE(wants(verb::get, "/v1/completions"));
  CHECK_FALSE(wants(verb::post, "/v1/audio/transcriptions", "multipart/form-data; boundary=x"));
  CHECK(wants(verb::post, "/v1/completions", "multipart/mixed; boundary=x"));  // no form
}

TEST_CASE("proxy: what the body asks for goes with the role") {
  const asked_for ask;
  constexpr std::string_view body = R"({"model":"math","stream":true,"prompt":"once"})";
  for (const auto* target : {"/v1/completions", "/roles/math/v1/completions"}) {
    const auto to = role_of(ask.post(target, body));
    CHECK(to.stream);
    CHECK(to.prefix.has_value());
  }
  const auto plain = role_of(ask.post("/tokenize", R"({"model":"math","content":"x"})"));
  CHECK_FALSE(plain.stream);
  CHECK_FALSE(plain.prefix.has_value());
}

TEST_CASE("proxy: a slot that the role does not have is refused, with their number") {
  asked_for ask;
  ask.routes.table.roles[1].slots = 4;
  for (const auto* target : {"/completion", "/roles/math/completion"}) {
    for (const auto* slot : {"-1", "0", "3", "null", "\"7\""})
      CHECK(role_of(ask.post(target, std::string{R"({"model":"math","id_slot":)"} + slot + "}"))
                .role->name == "math");
    for (const auto* slot : {"4", "4.5", "1e9", "4294967296", "-4294967297"}) {
      const auto error =
          error_of(ask.post(target, std::string{R"({"model":"math","id_slot":)"} + slot + "}"));
      CHECK(error.status == 400);
      CHECK(error.message.find("role 'math' has 4 slots") != std::string::npos);
    }
  }
  CHECK(error_of(ask.post("/completion", R"({"model":"coder","id_slot":1})"))
            .message.find("has 1 slot,") != std::string::npos);
}

TEST_CASE("proxy: under a role's prefix, a body that cannot be read is left to llama-server") {
  const asked_for ask;
  CHECK(role_of(ask.post("/roles/coder/completion", "{")).role->name == "coder");
  CHECK(role_of(ask.post("/roles/coder/completion", R"({"model":7})")).role->name == "coder");
  // It would read this one, and a slot in it.
  CHECK(error_of(ask.post("/roles/coder/completion", std::string(2000, '['))).status == 400);
}

TEST_CASE("proxy: an unknown role is 404 with the roles and the one probably meant") {
  const asked_for ask;
  for (const auto& error : {error_of(ask.post("/v1/completions", R"({"model":"codre"})")),
                            error_of(ask(verb::get, "/roles/codre/props")),
                            error_of(ask(verb::get, "/v1/models/codre"))}) {
    CHECK(error.status == 404);
    CHECK(error.code == "model_not_found");
    CHECK(error.message.find("'codre'") != std::string::npos);
    CHECK(error.message.find("did you mean 'coder'") != std::string::npos);
    CHECK(error.message.find("coder, math") != std::string::npos);
  }
  CHECK(error_of(ask(verb::get, "/roles//props")).status == 404);
}

TEST_CASE("proxy: a name from outside is shown short and printable") {
  const asked_for ask;
  const auto error = error_of(ask(verb::get, "/roles/%00%0A%FF" + std::string(500, 'x') + "/p"));
  CHECK(error.status == 404);
  CHECK(error.message.find("'???xxx") != std::string::npos);
  CHECK(error.message.size() < 200);
}

TEST_CASE("proxy: a role that is not percent-encoded rightly is 400") {
  CHECK(error_of(asked_for{}(verb::get, "/roles/co%2/props")).status == 400);
}

TEST_CASE("proxy: malformed JSON and a model that is no string are 400") {
  const asked_for ask;
  CHECK(error_of(ask.post("/v1/completions", "{")).code == "malformed_json");
  CHECK(error_of(ask.post("/v1/completions", "")).code == "malformed_json");
  CHECK(error_of(ask.post("/v1/completions", R"({"model":1})")).code == "bad_request");
}

TEST_CASE("proxy: the front door has pages of its own") {
  const asked_for ask;
  CHECK(page_of(ask(verb::get, "/")).what == own_request::page::home);
  CHECK(page_of(ask(verb::get, "/health")).what == own_request::page::health);
  CHECK(page_of(ask(verb::head, "/health?x")).what == own_request::page::health);
  CHECK(page_of(ask(verb::get, "/v1/models")).what == own_request::page::models);
  const auto model = page_of(ask(verb::get, "/v1/models/gpt%2D4"));
  CHECK(model.what == own_request::page::model);
  CHECK(model.name == "gpt-4");
}

TEST_CASE("proxy: a wrong method is 405 and names the right ones") {
  const asked_for ask;
  struct row {
    verb method;
    std::string_view target;
    std::string_view allow;
  };
  for (const auto& row : {row{verb::get, "/v1/chat/completions", "POST, OPTIONS"},
                          row{verb::delete_, "/v1/models", "GET, HEAD, OPTIONS"},
                          row{verb::post, "/health", "GET, HEAD, OPTIONS"}}) {
    const auto error = error_of(ask(row.method, row.target, "{}"));
    CHECK(error.status == 405);
    CHECK(error.allow == row.allow);
  }
  CHECK(error_of(ask(verb::connect, "/roles/coder/x")).status == 405);
  CHECK(error_of(ask(verb::unknown, "/roles/coder/x")).status == 405);
}

TEST_CASE("proxy: OPTIONS is answered here, so that asking loads no model") {
  const asked_for ask;
  CHECK(page_of(ask(verb::options, "/roles/coder/v1/completions")).what ==
        own_request::page::options);
  CHECK(page_of(ask(verb::options, "/v1/completions")).allow == "POST, OPTIONS");
  CHECK(page_of(ask(verb::options, "/health")).allow == "GET, HEAD, OPTIONS");
  CHECK(page_of(ask(verb::options, "*")).what == own_request::page::options);
}

TEST_CASE("proxy: an unknown path is 404 and tells where llama-server's routes are") {
  const asked_for ask;
  for (const auto* path : {"/slots", "/v1", "/v1/modelsx", "/rolesx/a", "/roles", "nonsense"}) {
    const auto error = error_of(ask(verb::get, path));
    CHECK_MESSAGE(error.status == 404, path);
    CHECK(error.code == "not_found");
    CHECK(error.message.find("/roles/<role>/") != std::string::npos);
  }
}
