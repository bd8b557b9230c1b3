#include "registry/keys.hpp"

#include "registry/read.hpp"
#include "registry/reference.hpp"
#include "tests/support/file_text.hpp"

#include <algorithm>
#include <set>

#include <doctest/doctest.h>
#include <rapidjson/document.h>

using namespace rolecall::registry;

namespace {

/// A registry whose `path` (such as {"host", "memory"}) holds one key with a value that fits no
/// kind.
std::string with_wrong_value(const std::vector<std::string>& path, const std::string& key) {
  // A list of lists is no value of any key, a mapping with an unknown key is no section.
  std::string text = "{" + key + ": [[[]]]}";
  for (auto name = path.rbegin(); name != path.rend(); ++name)
    text = "{" + *name + ": " + text + "}";
  return text;
}

/// Follows the table and checks that the reader asks for every key in it.
void check_consumed(const section& s, const std::vector<std::string>& path) {
  for (const key& k : s.keys) {
    const std::string text = with_wrong_value(path, std::string(k.name));
    CAPTURE(text);
    std::string full;
    for (const std::string& name : path) full += name + ".";
    full += std::string(k.name);
    bool is_reported = false;
    for (const diagnostic& d : read(text, "r.yaml").notes) {
      // The rules of a list are named "allow[]".
      const bool is_list = k.kind == value_kind::section_list;
      is_reported =
          is_reported || d.message.find("cannot read " + full + (is_list ? "[]:" : ":")) == 0;
    }
    CHECK(is_reported);
    if (k.inner == nullptr || k.kind == value_kind::section_list) continue;
    auto deeper = path;
    deeper.emplace_back(k.name);
    if (k.kind == value_kind::named_sections) deeper.emplace_back("x");
    check_consumed(*k.inner, deeper);
  }
}

/// The schema object says exactly what the section's table says.
void check_schema(const rapidjson::Value& schema, const section& s) {
  CAPTURE(s.title);
  REQUIRE(schema.HasMember("properties"));
  CHECK(schema["additionalProperties"].IsBool());
  std::set<std::string> in_schema, in_table;
  for (const auto& member : schema["properties"].GetObject())
    in_schema.insert(member.name.GetString());
  for (const key& k : s.keys) {
    in_table.emplace(k.name);
    if (!in_schema.contains(std::string(k.name))) continue;
    const auto& value = schema["properties"][std::string(k.name).c_str()];
    if (k.kind == value_kind::section) check_schema(value, *k.inner);
    if (k.kind == value_kind::named_sections) check_schema(value["additionalProperties"], *k.inner);
    if (k.kind == value_kind::section_list) check_schema(value["items"], *k.inner);
    if (k.kind == value_kind::integer) {
      CHECK(value["minimum"].GetInt64() == k.low);
      CHECK(value["maximum"].GetInt64() == k.high);
    }
    if (k.kind == value_kind::choice) CHECK(value["enum"].Size() >= k.choices.size());
  }
  CHECK(in_schema == in_table);
}

/// Writes every default of a section out as YAML.
std::string defaults_as_yaml(const section& s) {
  std::string text = "{";
  for (const key& k : s.keys) {
    const bool has_inner =
        k.kind == value_kind::section &&
        std::ranges::none_of(k.inner->keys, [](const key& each) { return each.required; }) &&
        k.name != "moe" && k.name != "speculative";
    if (k.fallback.empty() && !has_inner) continue;
    text += (text.size() > 1 ? ", " : "") + std::string(k.name) + ": " +
            (has_inner ? defaults_as_yaml(*k.inner) : "\n  " + std::string(k.fallback));
  }
  return text + "}";
}

}  // namespace

TEST_CASE("keys: the reader asks for every key of the table and reports its place") {
  check_consumed(root_section(), {});
}

TEST_CASE("keys: the defaults in the table are those of the values") {
  const std::string rest =
      "version: 1\nmodels: {m: {path: m.gguf}}\nroles: {w: {model: m, port: 1}}\n";
  const auto plain = read(rest, "/r.yaml");
  const auto spelt = read("host: " + defaults_as_yaml(*root_section().find("host")->inner) +
                              "\ndefaults: " + defaults_as_yaml(defaults_section()) + "\n" + rest,
                          "/r.yaml");
  for (const diagnostic& d : spelt.notes) FAIL_CHECK(to_string(d));
  REQUIRE(plain.value);
  REQUIRE(spelt.value);
  const role &a = plain.value->roles[0], &b = spelt.value->roles[0];
  CHECK(a.tier == b.tier);
  CHECK(a.threads == b.threads);
  CHECK(a.numa == b.numa);
  CHECK(a.context == b.context);
  CHECK(a.slots == b.slots);
  CHECK(a.concurrency == b.concurrency);
  CHECK(a.routing == b.routing);
  CHECK(a.kv_cache == b.kv_cache);
  CHECK(a.flash_attention == b.flash_attention);
  CHECK(a.load_mode == b.load_mode);
  CHECK(a.cache_ram == b.cache_ram);
  CHECK(a.gpu_layers == b.gpu_layers);
  CHECK(a.cpu_moe == b.cpu_moe);
  CHECK(a.embeddings == b.embeddings);
  CHECK(a.timeouts == b.timeouts);
  CHECK(a.queue == b.queue);
  const host_settings &h = plain.value->host, &i = spelt.value->host;
  CHECK(h.listen == i.listen);
  CHECK(h.admin == i.admin);
  CHECK(h.insecure == i.insecure);
  CHECK(h.memory == i.memory);
  CHECK(h.llama_server == i.llama_server);
  CHECK(h.state_dir == i.state_dir);
  CHECK(h.log_dir == i.log_dir);
  CHECK(h.log_limit == i.log_limit);
  CHECK(h.on_exit == i.on_exit);
  CHECK(h.data_threads == i.data_threads);
  CHECK(h.max_request_body == i.max_request_body);
  CHECK(h.patience == i.patience);
}

TEST_CASE("keys: the JSON Schema is JSON and has the reader's keys") {
  const std::string text = json_schema();
  rapidjson::Document schema;
  schema.Parse(text);
  REQUIRE(!schema.HasParseError());
  check_schema(schema, root_section());
}

TEST_CASE("keys: docs/ holds what the table generates (target registry_reference writes it)") {
  CHECK(rolecall::test::file_text(ROLECALL_SOURCE_DIR "/docs/registry.schema.json") ==
        json_schema());
  CHECK(rolecall::test::file_text(ROLECALL_SOURCE_DIR "/docs/registry.md") == reference_page());
}

TEST_CASE("keys: defaults hold all keys of a role but those of its identity") {
  for (const char* name :
       {"model", "port", "ports", "shares", "listen", "aliases", "description"}) {
    CHECK(role_section().find(name) != nullptr);
    CHECK(defaults_section().find(name) == nullptr);
  }
  CHECK(defaults_section().keys.size() + 8 == role_section().keys.size());
}
