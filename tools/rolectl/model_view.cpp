#include "tools/rolectl/model_view.hpp"

#include "registry/quantities.hpp"
#include "tools/rolectl/fact_list.hpp"
#include "tools/rolectl/table.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

namespace rolecall::rolectl {
namespace {

using registry::layer_group;
using registry::layer_kind;
using registry::model_summary;
using registry::type_share;

std::string decimals(double value, int digits) {
  std::array<char, 32> text{};
  const int length = std::snprintf(text.data(), text.size(), "%.*f", digits, value);
  return {text.data(), static_cast<std::size_t>(length)};
}

std::string counted(std::uint64_t count, const std::string& thing) {
  return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

std::string percent(registry::byte_count part, registry::byte_count all) {
  if (all == 0) return {};
  return decimals(100 * static_cast<double>(part) / static_cast<double>(all), 1) + "%";
}

/// A text from a file on one line, without what could drive a terminal.
std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    constexpr unsigned char first_printable = 0x20;
    constexpr unsigned char rubout = 0x7F;
    if (c == '\n') {
      line += "\\n";
    } else {
      line += byte < first_printable || byte == rubout ? '?' : c;
    }
  }
  return line;
}

std::string token_words(const std::optional<std::uint64_t>& id, const std::string& piece,
                        bool is_added, const char* where) {
  if (!id) return {};
  std::string text = std::to_string(*id);
  if (!piece.empty()) text += " \"" + one_line(piece) + "\"";
  return text + (is_added ? std::string(", added ") + where : ", not added");
}

std::string experts_words(const model_summary& model) {
  if (model.experts == 0) return {};
  std::string text =
      std::to_string(model.experts) + ", " + std::to_string(model.experts_used) + " used per token";
  if (model.experts_shared > 0)
    text += ", " + std::to_string(model.experts_shared) + " more used by every token";
  return text;
}

std::string heads_words(const model_summary& model) {
  if (model.heads == 0) return {};
  std::string text = std::to_string(model.heads);
  if (model.kv_heads != model.heads)
    text += ", " + std::to_string(model.kv_heads) + " for keys and values";
  return text;
}

std::string vocabulary_words(const model_summary& model) {
  const auto& vocabulary = model.vocabulary;
  if (vocabulary.tokenizer.empty()) return "none";
  std::string text = std::to_string(vocabulary.size) + " tokens, " + one_line(vocabulary.tokenizer);
  if (!vocabulary.pre.empty()) text += " (" + one_line(vocabulary.pre) + ")";
  return text;
}

std::string recurrent_words(const model_summary& model) {
  const auto layers = model.recurrent_layers();
  if (layers == 0) return {};
  return std::to_string(layers) + " of " +
         counted(static_cast<std::uint64_t>(model.layers), "layer") + ": no speculative decoding";
}

/// What a role that runs it can be for, unless that is text.
std::string use_words(const model_summary& model) {
  if (model.encoder) return "embeddings only";
  if (model.vision) return "images, with a projector (mmproj)";
  return {};
}

std::string title(const model_summary& model, const screen& on) {
  std::string text =
      painted(one_line(model.name.empty() ? model.architecture : model.name), look::bold, on) +
      "\n" + (model.architecture.empty() ? "unknown architecture" : one_line(model.architecture)) +
      ", " + format_parameters(model.parameters) + " parameters";
  if (model.active_parameters < model.parameters)
    text += ", " + format_parameters(model.active_parameters) + " of them active per token";
  return text + "\n";
}

std::string facts(const model_summary& model, const screen& on) {
  std::vector<fact> lines;
  const auto add = [&lines](const char* label, std::string value) {
    if (!value.empty()) lines.emplace_back(label, std::move(value));
  };
  const auto add_number = [&add](const char* label, int value, const char* unit = "") {
    if (value > 0) add(label, std::to_string(value) + unit);
  };
  add("size", registry::format_bytes(model.bytes) +
                  (model.files.size() > 1 ? " in " + counted(model.files.size(), "shard") : ""));
  add_number("layers", model.layers);
  add_number("context", model.context, " tokens");
  add_number("sliding window", model.sliding_window, " tokens");
  add_number("embedding", model.embedding);
  add("heads", heads_words(model));
  add("experts", experts_words(model));
  add("recurrent", recurrent_words(model));
  add("use", use_words(model));
  add("vocabulary", vocabulary_words(model));
  add("BOS",
      token_words(model.vocabulary.bos, model.bos, model.vocabulary.adds_bos, "before each text"));
  add("EOS",
      token_words(model.vocabulary.eos, model.eos, model.vocabulary.adds_eos, "behind each text"));
  return fact_text(lines, on);
}

std::string type_table(const model_summary& model, const screen& on) {
  table rows{{{"TYPE"},
              {"TENSORS", side::right},
              {"PARAMETERS", side::right},
              {"SIZE", side::right},
              {"SHARE", side::right},
              {"BITS/WEIGHT", side::right}}};
  type_share all;
  for (const type_share& share : model.types) {
    all.tensors += share.tensors;
    all.parameters += share.parameters;
    all.bytes += share.bytes;
  }
  const auto add = [&](const type_share& share, look how) {
    rows.add({{share.type, look::bold},
              {std::to_string(share.tensors), how},
              {format_parameters(share.parameters), how},
              {registry::format_bytes(share.bytes), how},
              {percent(share.bytes, all.bytes), how},
              {decimals(share.bits_per_weight(), 2), how}});
  };
  for (const type_share& share : model.types) add(share, look::plain);
  all.type = "all";
  if (model.types.size() > 1) add(all, look::bold);
  return rows.text(on);
}

std::string layer_table(const model_summary& model, const screen& on) {
  table rows{{{"COUNT", side::right},
              {"KIND"},
              {"EACH", side::right},
              {"TOGETHER", side::right},
              {"LAYERS"}}};
  for (const layer_group& group : model.groups) {
    rows.add({{std::to_string(group.layers.size()), look::bold},
              {std::string(name_of(group.kind))},
              {registry::format_bytes(group.bytes)},
              {registry::format_bytes(group.bytes * group.layers.size())},
              {format_layers(group.layers), look::dim}});
  }
  rows.add({{},
            {"outside the layers"},
            {},
            {registry::format_bytes(model.outside_layers)},
            {"embeddings, output, norms", look::dim}});
  return rows.text(on);
}

std::string file_table(const model_summary& model, const screen& on) {
  table rows{{{"SIZE", side::right}, {"FILE"}}};
  for (const auto& file : model.files)
    rows.add({{registry::format_bytes(file.bytes)}, {file.path}});
  return rows.text(on);
}

}  // namespace

std::string format_parameters(std::uint64_t count) {
  struct unit {
    double size;
    const char* name;
  };
  constexpr std::array units{unit{1e12, "T"}, unit{1e9, "B"}, unit{1e6, "M"}, unit{1e3, "K"}};
  for (const unit& u : units) {
    const double value = static_cast<double>(count) / u.size;
    // 999.6 M is told as 1.0 B.
    if (value < 0.99995) continue;
    return decimals(value, value < 100 ? 1 : 0) + " " + u.name;
  }
  return std::to_string(count);
}

std::string format_layers(const std::vector<int>& layers) {
  constexpr std::size_t shortest_series = 4;
  std::string text;
  std::size_t i = 0;
  while (i < layers.size()) {
    // As far as the distance stays what it is here.
    std::size_t end = i + 1;
    const int step = end < layers.size() ? layers[end] - layers[i] : 0;
    while (end < layers.size() && layers[end] - layers[end - 1] == step) ++end;
    text += (text.empty() ? "" : ", ") + std::to_string(layers[i]);
    if (step == 1 && end - i > 1) {
      text += "-" + std::to_string(layers[end - 1]);
      i = end;
    } else if (end - i >= shortest_series) {
      text += ", " + std::to_string(layers[i + 1]) + " … " + std::to_string(layers[end - 1]);
      i = end;
    } else {
      ++i;
    }
  }
  return text;
}

std::string model_text(const model_summary& model, const screen& on) {
  std::string text = title(model, on) + "\n" + facts(model, on);
  if (!model.types.empty()) text += "\n" + type_table(model, on);
  if (!model.groups.empty()) text += "\n" + layer_table(model, on);
  return text + "\n" + file_table(model, on);
}

}  // namespace rolecall::rolectl
