#include "registry/yaml_document.hpp"

#include <istream>
#include <map>
#include <sstream>
#include <utility>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

namespace rolecall::registry {

namespace {

constexpr std::size_t deepest = 16;
constexpr std::size_t most_nodes = 50'000;

/// yaml-cpp counts from 0.
position position_of(const YAML::Mark& mark) { return {mark.line + 1, mark.column + 1}; }

/// Leaves the parser, which offers no other way to stop it.
struct refusal {
  position where;
  std::string message;
};

/// Builds the tree from the parser's events.
class tree_builder final : public YAML::EventHandler {
 public:
  yaml_node take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1)
      throw refusal{position_of(mark), "cannot read a second document: one registry, one document"};
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add({.what = yaml_node::kind::null,
         .text = {},
         .quoted = false,
         .where = position_of(mark),
         .children = {}},
        anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    // The parser says "?" for a plain scalar and "!" for a quoted one.
    if (tag != "?" && tag != "!" && !tag.empty()) refuse_tag(mark, tag);
    add({.what = yaml_node::kind::scalar,
         .text = value,
         .quoted = tag == "!",
         .where = position_of(mark),
         .children = {}},
        anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(yaml_node::kind::sequence, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(yaml_node::kind::mapping, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchored_.find(anchor);
    if (found == anchored_.end()) {
      throw refusal{position_of(mark), "cannot read an alias inside what it stands for"};
    }
    yaml_node copy = found->second;
    copy.where = position_of(mark);
    add(std::move(copy), YAML::NullAnchor);
  }

 private:
  struct open_node {
    yaml_node node;
    YAML::anchor_t anchor;
  };

  static void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    throw refusal{position_of(mark), "cannot read the tag " + tag + ": a registry has no tags"};
  }

  void open(yaml_node::kind what, const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor) {
    if (tag != "?" && !tag.empty()) refuse_tag(mark, tag);
    if (stack_.size() >= deepest) {
      throw refusal{position_of(mark),
                    "cannot read values nested more than " + std::to_string(deepest) + " deep"};
    }
    stack_.push_back(
        {{.what = what, .text = {}, .quoted = false, .where = position_of(mark), .children = {}},
         anchor});
  }

  void close() {
    open_node closed = std::move(stack_.back());
    stack_.pop_back();
    add(std::move(closed.node), closed.anchor);
  }

  static std::size_t size_of(const yaml_node& node) {
    std::size_t size = 1;
    for (const yaml_node& child : node.children) size += size_of(child);
    return size;
  }

  void add(yaml_node node, YAML::anchor_t anchor) {
    // A closed container's children were counted when they were added to it, those of an alias were
    // not.
    const bool is_copy = anchor == YAML::NullAnchor && !node.children.empty();
    nodes_ += is_copy ? size_of(node) : 1;
    if (nodes_ > most_nodes) {
      throw refusal{node.where, "cannot read more than " + std::to_string(most_nodes) +
                                    " values: aliases count as what they stand for"};
    }
    if (anchor != YAML::NullAnchor) anchored_[anchor] = node;
    if (stack_.empty()) {
      root_ = std::move(node);
      return;
    }
    yaml_node& parent = stack_.back().node;
    const bool is_key = parent.what == yaml_node::kind::mapping && parent.children.size() % 2 == 0;
    if (is_key && node.what == yaml_node::kind::scalar && node.text == "<<" && !node.quoted) {
      throw refusal{node.where,
                    "cannot merge mappings with <<: put what roles have in common under defaults"};
    }
    parent.children.push_back(std::move(node));
  }

  yaml_node root_;
  std::vector<open_node> stack_;
  std::map<YAML::anchor_t, yaml_node> anchored_;
  std::size_t nodes_ = 0;
  int documents_ = 0;
};

}  // namespace

boost::system::result<yaml_node, diagnostic> parse_yaml(std::string_view text,
                                                        std::string_view file) {
  const auto error_at = [&](position where, std::string message) {
    return diagnostic{diagnostic::severity::error, std::string(file), where.line, where.column,
                      std::move(message)};
  };
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    tree_builder builder;
    while (parser.HandleNextDocument(builder)) {
    }
    return builder.take();
  } catch (const refusal& refused) {
    return error_at(refused.where, refused.message);
  } catch (const YAML::Exception& failure) {
    const position where = failure.mark.is_null() ? position{} : position_of(failure.mark);
    return error_at(where, "cannot parse YAML: " + failure.msg);
  }
}

}  // namespace rolecall::registry
