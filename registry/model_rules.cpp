#include "registry/model_rules.hpp"

#include <algorithm>

namespace rolecall::registry {

namespace {

/// One file, whatever its paths are: symbolic and hard links count.
bool shares_a_file(const model_facts& a, const model_facts& b) {
  return std::ranges::any_of(a.files, [&](const mapped_file& one) {
    return std::ranges::any_of(b.files,
                               [&](const mapped_file& other) { return one.file == other.file; });
  });
}

class role_judge {
 public:
  role_judge(const role& r, const model_facts& facts, const draft_facts& draft)
      : role_(r), facts_(facts), draft_(draft) {}

  std::vector<finding> run() {
    judge_speculation();
    if (role_.moe) judge_experts(*role_.moe);
    if (facts_.vision && !facts_.mmproj) {
      error("model", "a vision model (" + facts_.architecture +
                         ") without mmproj: images will be refused; add mmproj to the model");
    }
    if (facts_.encoder && !role_.embeddings) {
      error("model", "its model's architecture " + facts_.architecture +
                         " can only embed: set embeddings: true");
    }
    judge_context();
    return std::move(findings_);
  }

 private:
  void error(std::string key, std::string message) {
    findings_.push_back({diagnostic::severity::error, std::move(key), std::move(message)});
  }
  void warning(std::string key, std::string message) {
    findings_.push_back({diagnostic::severity::warning, std::move(key), std::move(message)});
  }

  /// Why this model must never decode speculatively; empty when it may.
  std::string reason_against_speculation() const {
    if (facts_.recurrent) {
      return facts_.architecture +
             " is recurrent: its state cannot be rolled back, so drafted tokens corrupt it";
    }
    if (facts_.vision) return facts_.architecture + " takes images, which drafts do not see";
    if (facts_.encoder) return facts_.architecture + " is an embedding model and generates nothing";
    return {};
  }

  void judge_speculation() {
    const std::string reason = reason_against_speculation();
    if (!reason.empty()) {
      if (role_.speculative) {
        error("speculative",
              std::string(role_.speculative->draft ? "speculative decoding" : "n-gram lookup") +
                  " is forbidden on this model: " + reason);
      }
      const auto flag =
          std::find_if(role_.extra_args.begin(), role_.extra_args.end(),
                       [](const std::string& argument) { return is_speculation_flag(argument); });
      if (flag != role_.extra_args.end()) {
        error("extra_args",
              "extra_args has " + *flag + ", which is forbidden on this model: " + reason);
      }
      return;
    }
    if (draft_.model != nullptr) judge_draft(*draft_.model);
  }

  void judge_draft(const model_facts& draft) {
    if (shares_a_file(draft, facts_)) {
      error("speculative.draft", "its draft is the same file as its model, " + draft.path.string() +
                                     ": that loads a second copy and wins nothing");
      return;
    }
    if (draft.recurrent || draft.encoder) {
      error("speculative.draft", "its draft's architecture " + draft.architecture +
                                     " cannot draft: it is " +
                                     (draft.encoder ? "an embedding model" : "recurrent"));
      return;
    }
    judge_vocabularies(facts_.vocabulary, draft.vocabulary);
  }

  void judge_vocabularies(const vocabulary_facts& target, const vocabulary_facts& draft) {
    const auto found = difference(target, draft);
    if (!found) return;
    const std::string start = "its draft has another " + *found;
    if (draft_.allowed != nullptr && !draft_.allowed->reason.empty()) {
      return warning("speculative.draft", start + "; compatibility allows the pair on line " +
                                              std::to_string(draft_.allowed->where.line) + ": " +
                                              draft_.allowed->reason);
    }
    error("speculative.draft",
          start +
              ": few or none of its tokens would be accepted; draft with a model of the same "
              "family, or give compatibility.allow this pair with the evidence as its reason");
  }

  void judge_experts(const moe_override& moe) {
    if (facts_.expert_count == 0) {
      return error("moe", "moe is set and its model (" + facts_.architecture + ") has no experts");
    }
    const std::string key = facts_.architecture + ".expert_used_count";
    if (moe.override_key && *moe.override_key != key) {
      error("moe.override_key", "override_key is " + *moe.override_key +
                                    ", and the architecture of its model makes it " + key);
    }
    if (moe.experts > facts_.expert_count) {
      error("moe.experts", std::to_string(moe.experts) + " experts are more than the " +
                               std::to_string(facts_.expert_count) + " of its model");
    } else if (moe.experts < facts_.fewest_experts) {
      error("moe.experts",
            std::to_string(moe.experts) + " experts are fewer than the " +
                std::to_string(facts_.fewest_experts) +
                " below which its model answers with garbage (it was trained with " +
                std::to_string(facts_.expert_used_count) +
                "); raise them, or lower min_experts of the model if it was measured to work");
    }
  }

  void judge_context() {
    const int per_slot = role_.context / std::max(role_.slots, 1);
    if (facts_.context_train > 0 && per_slot > facts_.context_train) {
      warning("context", "a context of " + std::to_string(per_slot) +
                             " tokens per slot is more than the " +
                             std::to_string(facts_.context_train) + " its model was trained with");
    }
  }

  const role& role_;
  const model_facts& facts_;
  const draft_facts& draft_;
  std::vector<finding> findings_;
};

}  // namespace

std::vector<finding> judge_role(const role& r, const model_facts& facts, const draft_facts& draft) {
  return role_judge(r, facts, draft).run();
}

}  // namespace rolecall::registry
