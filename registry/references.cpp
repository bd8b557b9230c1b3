#include "registry/access_rules.hpp"
#include "registry/check.hpp"
#include "registry/compatibility.hpp"
#include "registry/suggestion.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace rolecall::registry {

namespace {

std::string in_quotes(std::string_view text) { return "'" + std::string(text) + "'"; }

/// Applies the rules that need more than one value of the text.
class reference_check {
 public:
  explicit reference_check(const model_registry& registry) : registry_(registry) {
    for (const role& r : registry.roles) role_names_.push_back(r.name);
    for (const role& r : registry.roles) {
      if (r.tier == tier::draft) draft_names_.push_back(r.name);
    }
    for (const model& m : registry.models) model_names_.push_back(m.name);
  }

  diagnostics run() {
    for (const role& r : registry_.roles) {
      if (r.shares) {
        check_sharing(r);
        continue;
      }
      check_model(r);
      if (r.tier == tier::draft) {
        check_draft_role(r);
      } else {
        check_serving_role(r);
      }
    }
    check_names();
    check_ports();
    check_default_role();
    check_unused();
    std::ranges::move(check_doors(registry_), std::back_inserter(notes_));
    in_text_order(notes_);
    return std::move(notes_);
  }

 private:
  void note(diagnostic::severity level, position where, std::string message) {
    notes_.push_back(
        {level, registry_.file.string(), where.line, where.column, std::move(message)});
  }
  void error(position where, std::string message) {
    note(diagnostic::severity::error, where, std::move(message));
  }
  void warning(position where, std::string message) {
    note(diagnostic::severity::warning, where, std::move(message));
  }
  /// Where a role's key was written: in the role, in the defaults, or the role's name.
  position at(const role& r, const std::string& key) const {
    if (const auto own = registry_.places.find("roles." + r.name + "." + key);
        own != registry_.places.end()) {
      return own->second;
    }
    if (const auto common = registry_.places.find("defaults." + key);
        common != registry_.places.end()) {
      return common->second;
    }
    return r.where;
  }
  static std::string cannot_use(const role& r, const std::string& reason) {
    return "cannot use role " + in_quotes(r.name) + ": " + reason;
  }

  void check_sharing(const role& r) {
    const role* target = registry_.find_role(*r.shares);
    if (target == nullptr) {
      error(at(r, "shares"),
            cannot_use(r, "it shares " + in_quotes(*r.shares) + ", which is no role" +
                              suggestion(*r.shares, role_names_, "roles are")));
    } else if (target == &r) {
      error(at(r, "shares"), cannot_use(r, "it shares itself"));
    } else if (target->shares) {
      error(at(r, "shares"),
            cannot_use(r, "it shares " + in_quotes(*r.shares) + ", which shares " +
                              in_quotes(*target->shares) + " itself: name that one"));
    } else if (target->tier == tier::draft) {
      error(at(r, "shares"), cannot_use(r, "it shares " + in_quotes(*r.shares) +
                                               ", which is of tier draft and has no process"));
    }
  }

  void check_model(const role& r) {
    if (registry_.find_model(r.model) != nullptr) return;
    error(at(r, "model"), cannot_use(r, "its model " + in_quotes(r.model) + " is not among models" +
                                            suggestion(r.model, model_names_, "models are")));
  }

  void check_draft_role(const role& r) {
    if (!r.ports.empty()) {
      error(at(r, registry_.places.contains("roles." + r.name + ".ports") ? "ports" : "port"),
            cannot_use(r, "a role of tier draft has no process and takes no port"));
    }
    const bool used = std::any_of(
        registry_.roles.begin(), registry_.roles.end(),
        [&](const role& other) { return other.speculative && other.speculative->draft == r.name; });
    if (!used)
      warning(r.where,
              "role " + in_quotes(r.name) + " is of tier draft and no role drafts with it");
  }

  void check_serving_role(const role& r) {
    if (r.ports.empty()) {
      error(r.where,
            cannot_use(r, "it has no port: give port for one instance or ports for several"));
    }
    check_context(r);
    check_cache_types(r);
    if (r.speculative) check_speculation(r);
    check_speculation_flags(r);
    if (!r.pooling.empty() && !r.embeddings) {
      warning(at(r, "pooling"),
              "role " + in_quotes(r.name) + " has a pooling but does not serve embeddings");
    }
  }

  void check_context(const role& r) {
    if (r.context < r.slots) {
      error(at(r, "context"),
            cannot_use(r, "a context of " + std::to_string(r.context) + " tokens over " +
                              std::to_string(r.slots) + " slots leaves some without any"));
    } else if (r.context % r.slots != 0) {
      warning(at(r, "context"),
              "role " + in_quotes(r.name) + ": a context of " + std::to_string(r.context) +
                  " tokens does not divide evenly over " + std::to_string(r.slots) + " slots; " +
                  std::to_string(r.context % r.slots) + " are lost");
    }
  }

  void check_cache_types(const role& r) {
    const std::string& v = r.kv_cache.v;
    const bool is_float = v == "f32" || v == "f16" || v == "bf16";
    if (!is_float && r.flash_attention == flash_attention::off) {
      error(at(r, "kv_cache.v"),
            cannot_use(r, "a V cache of " + v + " needs flash attention, which is off"));
    }
    // Measured: 71 % of the prefill speed lost, and garbage when K has 4 bits as well.
    if (v.substr(0, 2) == "q4" || v == "iq4_nl") {
      warning(at(r, "kv_cache.v"),
              "role " + in_quotes(r.name) + ": a V cache of " + v +
                  " loses much of the prompt speed and quality; f16 is the safe choice");
    }
  }

  void check_speculation(const role& r) {
    if (r.embeddings) {
      error(at(r, "speculative"),
            cannot_use(r, "a role that serves embeddings cannot decode speculatively"));
    }
    const speculation& s = *r.speculative;
    if (s.draft) check_draft(r, *s.draft);
    if (s.lookup && !s.draft) check_rules(r, "");
  }

  /// extra_args are no way around the rules.
  void check_speculation_flags(const role& r) {
    const auto flag = std::ranges::find_if(
        r.extra_args, [](const std::string& argument) { return is_speculation_flag(argument); });
    if (flag == r.extra_args.end()) return;
    const compatibility_rule* rule = judge(registry_.compatibility, r.model, "").forbidden;
    if (rule != nullptr) {
      error(
          at(r, "extra_args"),
          cannot_use(r, "compatibility forbids " + in_quotes(r.model) + " with " + *flag +
                            " on line " + std::to_string(rule->where.line) + ": " + rule->reason));
    } else if (r.embeddings) {
      error(at(r, "extra_args"),
            cannot_use(r, "a role that serves embeddings cannot decode speculatively: " + *flag));
    }
  }

  void check_draft(const role& r, const std::string& name) {
    const role* draft = registry_.find_role(name);
    if (draft == nullptr) {
      error(at(r, "speculative.draft"),
            cannot_use(r, "its draft " + in_quotes(name) + " is no role" +
                              suggestion(name, draft_names_, "roles of tier draft are")));
      return;
    }
    if (draft->shares || draft->tier != tier::draft) {
      error(at(r, "speculative.draft"),
            cannot_use(r, "its draft " + in_quotes(name) + " is not of tier draft"));
      return;
    }
    if (draft->model == r.model) {
      error(at(r, "speculative.draft"),
            cannot_use(r, "its draft " + in_quotes(name) + " has the same model " +
                              in_quotes(r.model) + ": that loads a second copy and wins nothing"));
      return;
    }
    check_rules(r, draft->model);
  }

  /// `draft`: name of the draft's model, empty for n-gram lookup alone.
  void check_rules(const role& r, const std::string& draft) {
    const verdict found = judge(registry_.compatibility, r.model, draft);
    const std::string pair =
        in_quotes(r.model) + " with " + (draft.empty() ? "n-gram lookup" : in_quotes(draft));
    if (found.forbidden != nullptr) {
      error(at(r, "speculative"), cannot_use(r, "compatibility forbids " + pair + " on line " +
                                                    std::to_string(found.forbidden->where.line) +
                                                    ": " + found.forbidden->reason));
      return;
    }
    const bool lists_pairs =
        std::any_of(registry_.compatibility.begin(), registry_.compatibility.end(),
                    [](const compatibility_rule& rule) { return rule.allowed; });
    if (found.allowed == nullptr) {
      if (lists_pairs && !draft.empty()) {
        warning(at(r, "speculative"),
                "role " + in_quotes(r.name) + " drafts for " + pair +
                    ", which compatibility does not allow: add the pair with its evidence");
      }
    } else if (found.allowed->max && r.speculative->max > *found.allowed->max) {
      warning(at(r, "speculative.max"),
              "role " + in_quotes(r.name) + " drafts " + std::to_string(r.speculative->max) +
                  " tokens; compatibility knows " + pair + " to work up to " +
                  std::to_string(*found.allowed->max));
    }
  }

  /// Roles, aliases and models answer to one set of names, instances to another.
  void check_names() {
    std::map<std::string, std::string> owners;
    for (const role& r : registry_.roles) owners.emplace(r.name, "a role");
    for (const model& m : registry_.models) {
      const role* same = registry_.find_role(m.name);
      if (same != nullptr && same->model != m.name) {
        error(m.where, "cannot use model " + in_quotes(m.name) + ": a role of that name runs " +
                           in_quotes(same->model) + ", so a request for it could mean either");
      }
      owners.emplace(m.name, "a model");
    }
    for (const role& r : registry_.roles) {
      for (const std::string& alias : r.aliases) {
        const auto [owner, is_new] = owners.emplace(alias, "an alias of " + in_quotes(r.name));
        if (!is_new) {
          error(at(r, "aliases"), cannot_use(r, "its alias " + in_quotes(alias) +
                                                    " is taken: it is " + owner->second));
        }
      }
    }
    std::map<std::string, std::string> instance_owners;
    for (const role& r : registry_.roles) {
      for (const instance& i : model_registry::instances(r)) {
        const auto [owner, is_new] = instance_owners.emplace(i.name, r.name);
        if (!is_new) {
          error(r.where,
                cannot_use(r, "its instance " + in_quotes(i.name) +
                                  " has the name of one of role " + in_quotes(owner->second)));
        }
      }
    }
  }

  void check_ports() {
    std::map<std::uint16_t, std::string> owners;
    const auto claim = [&](std::uint16_t port, position where, const std::string& owner) {
      if (port == 0) return;
      const auto [found, is_new] = owners.emplace(port, owner);
      if (is_new) return;
      error(where, "duplicate port " + std::to_string(port) + ": " + owner + " and " +
                       found->second + " cannot both have it");
    };
    for (const tcp_endpoint& e : registry_.host.listen)
      claim(e.port, registry_.place("host.listen"), "host.listen");
    for (const endpoint& e : registry_.host.admin) {
      if (const auto* tcp = std::get_if<tcp_endpoint>(&e)) {
        claim(tcp->port, registry_.place("host.admin"), "host.admin");
      }
    }
    for (const role& r : registry_.roles) {
      for (const tcp_endpoint& e : r.listen)
        claim(e.port, at(r, "listen"), "the door of role " + in_quotes(r.name));
      const bool several = registry_.places.contains("roles." + r.name + ".ports");
      for (const std::uint16_t port : r.ports)
        claim(port, at(r, several ? "ports" : "port"), "role " + in_quotes(r.name));
    }
  }

  void check_default_role() {
    if (!registry_.host.default_role) return;
    const std::string& name = *registry_.host.default_role;
    const role* found = registry_.find_role(name);
    if (found == nullptr) {
      error(registry_.place("host.default_role"),
            "cannot use host.default_role: " + in_quotes(name) + " is no role" +
                suggestion(name, role_names_, "roles are"));
    } else if (found->tier == tier::draft) {
      error(registry_.place("host.default_role"),
            "cannot use host.default_role: " + in_quotes(name) +
                " is of tier draft and has no process");
    }
  }

  void check_unused() {
    std::set<std::string> used;
    for (const role& r : registry_.roles) used.insert(r.model);
    for (const model& m : registry_.models) {
      if (!used.contains(m.name))
        warning(m.where, "model " + in_quotes(m.name) + " is used by no role");
    }
  }

  const model_registry& registry_;
  std::vector<std::string> role_names_;
  std::vector<std::string> draft_names_;
  std::vector<std::string> model_names_;
  diagnostics notes_;
};

}  // namespace

diagnostics check_references(const model_registry& r) { return reference_check(r).run(); }

}  // namespace rolecall::registry
