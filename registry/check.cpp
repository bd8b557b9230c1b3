#include "registry/check.hpp"

#include "registry/model_rules.hpp"
#include "registry/quantities.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

namespace rolecall::registry {

namespace {

std::string count_of(std::size_t count, const std::string& thing) {
  return (count == 0 ? "no" : std::to_string(count)) + " " + thing + (count == 1 ? "" : "s");
}

/// Roles that need a model: those that run it and those that draft with it, drafts themselves left
/// out.
std::vector<const role*> users_of(const model_registry& registry, const model& m) {
  std::vector<const role*> users;
  for (const role& r : registry.roles) {
    if (r.shares || r.tier == tier::draft) continue;
    if (r.model == m.name || registry.draft_model(r) == &m) users.push_back(&r);
  }
  return users;
}

std::string joined_names(const std::vector<const role*>& roles) {
  std::string text;
  for (const role* r : roles) text += (text.empty() ? "" : ", ") + r->name;
  return text;
}

/// What several instances need together: mapped files are in memory once, as much of each as the
/// one that needs most of it.
class combined_footprint {
 public:
  void add(const footprint& f) {
    alone_ += f.total();
    private_ += f.private_bytes();
    for (const mapped_file& mapped : f.mapped) {
      auto& bytes = files_[mapped.file];
      bytes = std::max(bytes, mapped.bytes);
    }
  }
  [[nodiscard]] byte_count bytes() const noexcept {
    byte_count sum = private_;
    for (const auto& [file, mapped] : files_) sum += mapped;
    return sum;
  }
  /// ", less 1.2 GiB of files that several of them map", or nothing.
  [[nodiscard]] std::string remark() const {
    if (alone_ == bytes()) return {};
    return ", less " + format_bytes(alone_ - bytes()) + " of files that several of them map";
  }

 private:
  byte_count alone_ = 0;
  byte_count private_ = 0;
  std::map<file_identity, byte_count> files_;
};

/// Looks at the models of a deployment, which it fills in.
class model_check {
 public:
  model_check(deployment& target, diagnostics& notes)
      : target_(target), registry_(target.registry), notes_(notes) {}

  void run(byte_count budget) {
    inspect_models();
    for (const role& r : registry_.roles) {
      if (r.shares || r.tier == tier::draft || target_.broken_roles.contains(r.name)) continue;
      apply_rules(r);
    }
    for (const role& r : registry_.roles) {
      if (!r.shares) continue;
      const auto broken = target_.broken_roles.find(*r.shares);
      if (broken != target_.broken_roles.end())
        target_.broken_roles.emplace(r.name, broken->second);
    }
    check_budget(budget);
  }

  [[nodiscard]] bool fits() const { return fits_; }

 private:
  void note(diagnostic::severity level, position where, std::string message) {
    notes_.push_back(
        {level, registry_.file.string(), where.line, where.column, std::move(message)});
  }

  void inspect_models() {
    for (const model& m : registry_.models) {
      const auto users = users_of(registry_, m);
      if (users.empty()) continue;
      auto facts = inspect(registry_.host, m);
      if (facts) {
        target_.facts.emplace(m.name, *std::move(facts));
        continue;
      }
      note(diagnostic::severity::error, registry_.place("models." + m.name + ".path"),
           facts.error() + " (needed by " + joined_names(users) + ")");
      for (const role* r : users) target_.broken_roles.emplace(r->name, facts.error());
    }
  }

  void apply_rules(const role& r) {
    const model* draft = registry_.draft_model(r);
    draft_facts drafting;
    if (draft != nullptr) {
      drafting = {&target_.facts.at(draft->name),
                  judge(registry_.compatibility, r.model, draft->name).allowed};
    }
    const auto findings = judge_role(r, target_.facts_of(r), drafting);
    for (const finding& found : findings) {
      const position where = found.key.empty() ? r.where : place_of(r, found.key);
      const std::string message = "cannot use role '" + r.name + "': " + found.message;
      if (found.level == diagnostic::severity::warning) {
        note(found.level, where, "role '" + r.name + "': " + found.message);
        continue;
      }
      note(found.level, where, message);
      target_.broken_roles.emplace(r.name, message);
    }
  }

  position place_of(const role& r, const std::string& key) const {
    const auto own = registry_.places.find("roles." + r.name + "." + key);
    if (own != registry_.places.end()) return own->second;
    const auto common = registry_.places.find("defaults." + key);
    return common == registry_.places.end() ? r.where : common->second;
  }

  void check_budget(byte_count budget) {
    combined_footprint hot;
    std::string table;
    for (const role& r : registry_.roles) {
      if (r.tier != tier::hot || r.shares || target_.broken_roles.contains(r.name)) continue;
      const footprint each = target_.footprint_of(r);
      for (std::size_t i = 0; i < r.ports.size(); ++i) hot.add(each);
      table += (table.empty() ? "" : ", ") + r.name + " ";
      if (r.ports.size() > 1) table += std::to_string(r.ports.size()) + " × ";
      table += format_bytes(each.total());
    }
    if (hot.bytes() > budget) {
      fits_ = false;
      note(diagnostic::severity::error, registry_.place("host.memory.budget"),
           "cannot keep the HOT roles loaded: together they need " + format_bytes(hot.bytes()) +
               " and the budget is " + format_bytes(budget) + " (" + table + hot.remark() +
               "); raise host.memory.budget, lower contexts, or make a role warm");
      return;
    }
    for (const role& r : registry_.roles) {
      if (r.tier != tier::warm || r.shares || target_.broken_roles.contains(r.name)) continue;
      auto with_role = hot;
      with_role.add(target_.footprint_of(r));
      if (with_role.bytes() <= budget) continue;
      const byte_count need = with_role.bytes() - hot.bytes();
      note(diagnostic::severity::warning, r.where,
           "role '" + r.name + "' can never be loaded: it needs " + format_bytes(need) +
               ", and beside the HOT roles' " + format_bytes(hot.bytes()) + " a budget of " +
               format_bytes(budget) + " leaves " + format_bytes(budget - hot.bytes()));
    }
  }

  deployment& target_;
  const model_registry& registry_;
  diagnostics& notes_;
  bool fits_ = true;
};

}  // namespace

const model_facts& deployment::facts_of(const role& r) const { return facts.at(r.model); }

footprint deployment::footprint_of(const role& r) const {
  const auto found = facts.find(r.model);
  if (found == facts.end()) return {};
  const model* draft = registry.draft_model(r);
  const auto of_draft = draft == nullptr ? facts.end() : facts.find(draft->name);
  if (draft != nullptr && of_draft == facts.end()) return {};
  return estimate(r, found->second, draft == nullptr ? nullptr : &of_draft->second);
}

// A line that could not be read may well name nothing: one error is enough for it.
check_result check_offline(read_result read) {
  check_result result;
  result.notes = std::move(read.notes);
  const auto& readable = read.value ? read.value : read.attempt;
  if (!readable) return result;
  const auto is_told = [told = result.notes](const diagnostic& d) {
    return std::ranges::any_of(told, [&](const diagnostic& earlier) {
      return earlier.level == diagnostic::severity::error && earlier.line == d.line;
    });
  };
  std::ranges::remove_copy_if(check_references(*readable), std::back_inserter(result.notes),
                              is_told);
  in_text_order(result.notes);
  if (!read.value || has_errors(result.notes)) return result;
  result.value.emplace();
  result.value->registry = *std::move(read.value);
  return result;
}

check_result check_models(read_result read, byte_count budget) {
  check_result result = check_offline(std::move(read));
  if (!result.value) return result;
  model_check check(*result.value, result.notes);
  check.run(budget);
  if (!check.fits()) result.value.reset();
  return result;
}

std::string summary(const check_result& result) {
  std::string text;
  if (result.value) {
    text = count_of(result.value->registry.roles.size(), "role") + ", " +
           count_of(result.value->registry.models.size(), "model") + ", ";
  }
  const auto errors = static_cast<std::size_t>(
      std::count_if(result.notes.begin(), result.notes.end(),
                    [](const diagnostic& d) { return d.level == diagnostic::severity::error; }));
  return text + count_of(errors, "error") + ", " +
         count_of(result.notes.size() - errors, "warning");
}

}  // namespace rolecall::registry
