// Compares registry::estimate with what llama.cpp itself says and takes, and writes the table of
// docs/footprint.md.

#include "registry/compute_buffers.hpp"
#include "registry/footprint.hpp"
#include "registry/model_facts.hpp"
#include "tests/oracle/engine.hpp"
#include "tests/oracle/production_shapes.hpp"
#include "tests/support/temporary_directory.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>

#include <CLI/CLI.hpp>

namespace {

using namespace rolecall;
using namespace rolecall::oracle;
using registry::byte_count;
namespace fs = std::filesystem;

constexpr double weights_tolerance = 0.005;
constexpr double compute_tolerance = 0.10;
constexpr double peak_tolerance = 0.03;

double mebibytes(byte_count bytes) { return static_cast<double>(bytes) / (1 << 20); }

std::string fixed(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f", value);
  return text;
}

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%+.1f %%", share * 100);
  return text;
}

/// Collects rows of the table and judges them.
class comparison {
 public:
  /// `tolerance` as a share of the engine's figure; 0: to the MiB.
  void add(const std::string& model, const std::string& setting, const std::string& part,
           double estimate, double engine, double tolerance) {
    if (estimate == 0 && engine == 0) return;
    // The engine rounds to hundredths, and the smallest parts are all rounding.
    const double difference = estimate - engine;
    const bool fits =
        std::abs(difference) <= std::max(tolerance * engine, tolerance > 0 ? 0.25 : 1.0);
    table_ += "| " + model + " | " + setting + " | " + part + " | " + fixed(estimate) + " | " +
              fixed(engine) + " | " + percent(engine == 0 ? 0 : difference / engine) +
              (fits ? "" : " **missed**") + " |\n";
    missed_ += fits ? 0 : 1;
  }
  /// A measured figure, which no two machines share: judged, but not part of the document.
  void add_peak(const std::string& model, const std::string& setting, double estimate,
                double measured) {
    const bool fits = estimate >= measured * (1 - peak_tolerance);
    measured_ += "| " + model + " | " + setting + " | total | " + fixed(estimate) + " | " +
                 fixed(measured) + " | " + percent((estimate - measured) / measured) +
                 (fits ? "" : " **missed**") + " |\n";
    missed_ += fits ? 0 : 1;
  }
  [[nodiscard]] const std::string& table() const noexcept { return table_; }
  [[nodiscard]] const std::string& measured() const noexcept { return measured_; }
  [[nodiscard]] int missed() const noexcept { return missed_; }

 private:
  std::string table_;
  std::string measured_;
  int missed_ = 0;
};

registry::model_facts facts_of(const fs::path& file, const fs::path& mmproj = {}) {
  registry::model m;
  m.name = file.stem().string();
  m.path = file;
  if (!mmproj.empty()) m.mmproj = mmproj;
  auto facts = registry::inspect({}, m);
  if (!facts) throw std::runtime_error(facts.error());
  return *std::move(facts);
}

struct context_setting {
  int context;
  int slots;
  bool flash;
  int ubatch;
};

std::string words(const context_setting& s) {
  return std::to_string(s.context) + " tokens, " + std::to_string(s.slots) +
         (s.slots == 1 ? " slot" : " slots") + (s.flash ? "" : ", no flash attention") +
         (s.ubatch == 512 ? "" : ", ubatch " + std::to_string(s.ubatch));
}

/// llama-fit-params asks for logits of the whole batch.
byte_count compute_as_projected(const registry::memory_shape& shape, const context_setting& s) {
  registry::graph_settings settings;
  settings.slots = static_cast<std::uint64_t>(s.slots);
  settings.cells = static_cast<std::uint64_t>(s.context / s.slots);
  settings.tokens = static_cast<std::uint64_t>(s.ubatch);
  settings.outputs = settings.tokens;
  settings.flash_attention = s.flash;
  return registry::compute_buffer(shape, settings);
}

void project_one(comparison& rows, const fs::path& fit_params, const std::string& name,
                 const fs::path& file, const context_setting& s, bool with_weights) {
  const registry::model_facts facts = facts_of(file);
  const engine_report engine =
      project(fit_params, file,
              {"-c", std::to_string(s.context), "-np", std::to_string(s.slots), "-fa",
               s.flash ? "on" : "off", "-ub", std::to_string(s.ubatch)});
  registry::role r;
  r.context = s.context;
  r.slots = s.slots;
  r.extra_args = {"--ubatch-size", std::to_string(s.ubatch)};
  const registry::footprint estimate = registry::estimate(r, facts, nullptr);
  if (with_weights)
    rows.add(name, words(s), "weights", mebibytes(facts.memory.tensor_bytes), engine.weights,
             weights_tolerance);
  rows.add(name, words(s), "kv_cache", mebibytes(estimate.kv_cache), engine.kv_cache, 0);
  rows.add(name, words(s), "state", mebibytes(estimate.state), engine.state, 0);
  rows.add(name, words(s), "compute", mebibytes(compute_as_projected(facts.memory, s)),
           engine.compute, compute_tolerance);
}

void project_all(comparison& rows, const fs::path& fit_params, const fs::path& folder) {
  constexpr std::uint32_t few_tokens = 512;  // so that logits do not hide the rest
  for (const production_shape& shape : production_shapes()) {
    const fs::path file = folder / (shape.name + ".gguf");
    shape.make(few_tokens).write(file);
    bool first = true;
    for (const context_setting& s :
         {context_setting{32768, 1, true, 512}, context_setting{32768, 4, true, 512},
          context_setting{8192, 1, false, 512}, context_setting{16384, 2, true, 2048}}) {
      project_one(rows, fit_params, shape.name, file, s, first);
      first = false;
    }
    shape.make(shape.vocabulary).write(file);
    project_one(rows, fit_params, shape.name + ", its vocabulary", file, {4096, 1, true, 512},
                false);
    fs::remove(file);
  }
}

/// A model that tiny-gguf makes, and how it is served.
struct served_case {
  std::string kind;
  std::string size;
  registry::role role;
  int prompt = 1500;
  bool drafts = false;
  std::string setting{};
};

std::vector<served_case> served_cases(bool large) {
  std::vector<served_case> cases;
  const auto role_of = [](int context, int slots) {
    registry::role r;
    r.context = context;
    r.slots = slots;
    return r;
  };
  cases.push_back({"dense", "64MiB", role_of(8192, 2), 1500, false, "8192 tokens, 2 slots"});
  auto quantised = role_of(8192, 2);
  quantised.kv_cache = {"q8_0", "q8_0"};
  cases.push_back({"dense", "64MiB", quantised, 1500, false, "8192 tokens, 2 slots, q8_0"});
  auto plain = role_of(4096, 1);
  plain.flash_attention = registry::flash_attention::off;
  plain.load_mode = registry::load_mode::none;
  cases.push_back(
      {"dense", "64MiB", plain, 1500, false, "4096 tokens, not mapped, no flash attention"});
  auto speculating = role_of(4096, 1);
  speculating.speculative = registry::speculation{.draft = "draft", .max = 16, .lookup = false};
  cases.push_back({"dense", "64MiB", speculating, 1500, true, "4096 tokens, with a draft"});
  cases.push_back({"moe", "64MiB", role_of(16384, 4), 1500, false, "16384 tokens, 4 slots"});
  cases.push_back({"hybrid", "64MiB", role_of(8192, 2), 1500, false, "8192 tokens, 2 slots"});
  auto embedding = role_of(512, 1);
  embedding.embeddings = true;
  embedding.pooling = "cls";
  cases.push_back({"embedding", "32MiB", embedding, 400, false, "512 tokens"});
  cases.push_back({"vision", "32MiB", role_of(8192, 2), 1500, false, "8192 tokens, 2 slots"});
  if (large) {
    cases.push_back({"dense", "1GiB", role_of(8192, 2), 600, false, "1 GiB, 8192 tokens, 2 slots"});
    cases.push_back({"moe", "1GiB", role_of(8192, 2), 600, false, "1 GiB, 8192 tokens, 2 slots"});
    cases.push_back(
        {"hybrid", "1GiB", role_of(8192, 2), 600, false, "1 GiB, 8192 tokens, 2 slots"});
  }
  return cases;
}

void make_model(const fs::path& tiny_gguf, const std::string& kind, const fs::path& file,
                const std::string& size) {
  if (fs::exists(file)) return;
  const std::string command =
      tiny_gguf.string() + " " + kind + " " + file.string() + " --size " + size + " >/dev/null";
  if (std::system(command.c_str()) != 0) throw std::runtime_error("cannot run " + command);
}

std::vector<std::string> arguments_of(const registry::role& r, const fs::path& model,
                                      const fs::path& mmproj, const fs::path& draft) {
  const auto flash = r.flash_attention == registry::flash_attention::off ? "off" : "auto";
  std::vector<std::string> words{
      "--model",      model.string(),
      "--ctx-size",   std::to_string(r.context),
      "--parallel",   std::to_string(r.slots),
      "--flash-attn", flash,
      "--load-mode",  r.load_mode == registry::load_mode::none ? "none" : "mmap"};
  const auto add = [&](std::initializer_list<std::string> more) {
    words.insert(words.end(), more.begin(), more.end());
  };
  if (r.embeddings) {
    const auto longest = std::to_string(r.context / r.slots);
    add({"--embeddings", "--pooling", r.pooling, "--batch-size", longest, "--ubatch-size",
         longest});
  } else {
    add({"--cache-type-k", r.kv_cache.k, "--cache-type-v", r.kv_cache.v, "--ctx-checkpoints",
         std::to_string(r.checkpoints)});
  }
  if (!mmproj.empty()) add({"--mmproj", mmproj.string()});
  if (!draft.empty())
    add({"--model-draft", draft.string(), "--spec-type", "draft-simple", "--spec-draft-n-max",
         std::to_string(r.speculative->max)});
  return words;
}

void serve_all(comparison& rows, const fs::path& llama_server, const fs::path& tiny_gguf,
               const fs::path& folder, bool large) {
  for (const served_case& c : served_cases(large)) {
    const fs::path model = folder / (c.kind + "-" + c.size + ".gguf");
    make_model(tiny_gguf, c.kind, model, c.size);
    const fs::path mmproj =
        c.kind == "vision" ? folder / ("mmproj-" + model.filename().string()) : fs::path{};
    fs::path draft_file;
    std::optional<registry::model_facts> draft;
    if (c.drafts) {
      draft_file = folder / "draft.gguf";
      make_model(tiny_gguf, "draft", draft_file, "8MiB");
      draft = facts_of(draft_file);
    }
    const registry::model_facts facts = facts_of(model, mmproj);
    const registry::footprint e = registry::estimate(c.role, facts, draft ? &*draft : nullptr);
    const served engine =
        serve(llama_server, folder / "server.log", arguments_of(c.role, model, mmproj, draft_file),
              c.prompt, c.role.embeddings, c.drafts);
    const std::string name = "tiny-gguf " + c.kind;
    const byte_count tensors = facts.memory.tensor_bytes + (draft ? draft->memory.tensor_bytes : 0);
    rows.add(name, c.setting, "weights", mebibytes(tensors), engine.report.weights,
             weights_tolerance);
    rows.add(name, c.setting, "kv_cache", mebibytes(e.kv_cache), engine.report.kv_cache, 0);
    rows.add(name, c.setting, "draft_kv_cache", mebibytes(e.draft_kv_cache),
             engine.report.draft_kv_cache, 0);
    rows.add(name, c.setting, "state", mebibytes(e.state), engine.report.state, 0);
    rows.add(name, c.setting, "compute", mebibytes(e.compute), engine.report.compute,
             compute_tolerance);
    rows.add(name, c.setting, "mmproj's compute", mebibytes(facts.mmproj_compute_bytes),
             engine.report.image, compute_tolerance);
    rows.add_peak(name, c.setting, mebibytes(e.total()), mebibytes(engine.peak.pss));
    if (c.size == "1GiB") fs::remove(model);
  }
}

constexpr const char* heading =
    "| model | setting | part | estimate, MiB | engine, MiB | difference |\n"
    "|---|---|---|---:|---:|---:|\n";
constexpr const char* table_start = "<!-- table: written by footprint_oracle -->\n";
constexpr const char* table_end = "<!-- end of table -->\n";

std::string read_text(const fs::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) throw std::runtime_error("cannot read " + file.string());
  return text.str();
}

/// `document` with the table between its two marks replaced.
std::string with_table(const std::string& document, const std::string& table) {
  const auto start = document.find(table_start);
  const auto end = document.find(table_end);
  if (start == std::string::npos || end == std::string::npos)
    throw std::runtime_error("the document has no place for the table");
  return document.substr(0, start) + table_start + "\n" + heading + table + "\n" +
         document.substr(end);
}

int run(int argc, char** argv) {
  CLI::App app{"Compares estimated footprints with llama.cpp's own figures."};
  fs::path written;
  fs::path checked;
  bool large = false;
  app.add_option("--write", written, "put the table into this document");
  app.add_option("--check", checked, "fail unless this document has the same table");
  app.add_flag("--large", large,
               "models of 1 GiB as well; their rows are not part of the document");
  CLI11_PARSE(app, argc, argv);

  const test::temporary_directory folder;
  const fs::path llama_server = ROLECALL_LLAMA_SERVER;
  comparison rows;
  project_all(rows, llama_server.parent_path() / "llama-fit-params", folder.path());
  serve_all(rows, llama_server, TINY_GGUF, folder.path(), large);
  std::cout << heading << rows.table() << "\nMeasured (PSS after two prompts):\n\n"
            << heading << rows.measured();
  if (rows.missed() > 0) std::cout << "\n" << rows.missed() << " targets missed\n";
  bool drifted = false;
  if (!written.empty()) {
    const std::string text = with_table(read_text(written), rows.table());
    std::ofstream(written) << text;
  }
  if (!checked.empty()) {
    const std::string text = read_text(checked);
    drifted = with_table(text, rows.table()) != text;
    if (drifted)
      std::cerr << checked.string() << " differs: run footprint_oracle --write " << checked.string()
                << "\n";
  }
  return rows.missed() > 0 || drifted ? EXIT_FAILURE : EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "footprint_oracle: " << error.what() << "\n";
    return EXIT_FAILURE;
  }
}
