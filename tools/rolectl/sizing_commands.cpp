#include "tools/rolectl/sizing_commands.hpp"

#include "registry/check.hpp"
#include "registry/gguf.hpp"
#include "registry/profile_text.hpp"
#include "registry/quantities.hpp"
#include "registry/read.hpp"
#include "tools/rolectl/assess_view.hpp"
#include "tools/rolectl/budget_view.hpp"
#include "tools/rolectl/recommend_view.hpp"
#include "tools/rolectl/size_view.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

namespace rolecall::rolectl {
namespace {

exit_code print(const std::string& text) {
  (void)write_all(STDOUT_FILENO, text);
  return exit_code::done;
}

exit_code failure(const std::string& reason, exit_code code = exit_code::refused) {
  (void)write_all(STDERR_FILENO, "rolectl: " + reason + "\n");
  return code;
}

/// The registry that was named, or one that is found; a named one must be readable.
boost::system::result<std::optional<registry::model_registry>, std::string> registry_for(
    const std::filesystem::path& given) {
  auto read = registry::read_file(registry::find_file(given));
  if (read.value || given.empty()) return std::move(read.value);
  return registry::refused{"cannot read registry " + given.string() + ": see rolectl check " +
                           given.string()};
}

std::vector<launcher::directory> directories_of(
    const std::optional<registry::model_registry>& found) {
  if (!found) return {{"", "/"}};
  std::vector<launcher::directory> all;
  const auto& host = found->host;
  for (const auto& folder : host.model_dirs) all.push_back({"model_dirs", folder});
  all.push_back({"state_dir", host.state_dir});
  all.push_back({"log_dir", host.log_dir});
  return all;
}

/// Creates the file, which must not exist: nobody's registry is lost.
boost::system::result<void, std::string> create_file(const std::filesystem::path& file,
                                                     const std::string& text) {
  const auto failed = [&] {
    return "cannot write " + file.string() + ": " + std::strerror(errno) +
           (errno == EEXIST ? "; choose another name, or move it away" : "");
  };
  constexpr mode_t readable_by_all = 0644;
  const int descriptor =
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, readable_by_all);
  if (descriptor < 0) return failed();
  const bool written = write_all(descriptor, text);
  if (::close(descriptor) != 0 || !written) return failed();
  return {};
}

/// Elements of all tensors; the reader has refused products that overflow.
boost::system::result<std::uint64_t, std::string> count_parameters(
    const registry::model_facts& facts) {
  std::uint64_t sum = 0;
  for (const auto& shard : facts.shards) {
    const auto header = registry::read_gguf(shard);
    if (!header) return registry::refused{header.error()};
    for (const auto& tensor : header->tensors) {
      std::uint64_t elements = 1;
      for (const auto dimension : tensor.dims) elements *= dimension;
      sum += elements;
    }
  }
  return sum;
}

boost::system::result<measured_size, std::string> measure(const size_options& options) {
  registry::model model;
  model.name = options.file.filename().string();
  std::error_code ignored;
  model.path = std::filesystem::absolute(options.file, ignored);
  const auto facts = registry::inspect(registry::host_settings{}, model);
  if (!facts) return registry::refused{facts.error()};
  const auto parameters = count_parameters(*facts);
  if (!parameters) return registry::refused{parameters.error()};
  registry::role role;
  role.context = options.context;
  role.slots = options.slots;
  return measured_size{.path = options.file.string(),
                       .architecture = facts->architecture,
                       .file_bytes = facts->weights_bytes,
                       .parameters = *parameters,
                       .context = role.context,
                       .slots = role.slots,
                       .footprint = registry::estimate(role, *facts, nullptr)};
}

std::string quant_names() {
  std::string names;
  for (const auto& q : registry::quantisations())
    names += (names.empty() ? "" : ", ") + std::string(q.name);
  return names;
}

}  // namespace

exit_code run_assess(const assess_options& options) {
  const auto found = registry_for(options.registry);
  if (!found) return failure(found.error());
  const auto host = launcher::assess_host("/", directories_of(*found));
  return print(options.json ? assess_json(host) : assess_text(host, screen_of(STDOUT_FILENO)));
}

exit_code run_budget(const budget_options& options) {
  const auto ram = ram_or_host(options.ram);
  if (!ram) return failure(ram.error(), exit_code::usage);
  if (options.json) return print(budget_json(*ram));
  const auto found = registry_for(options.registry);
  if (!found) return failure(found.error());
  std::optional<registry_budget> beside;
  if (*found) beside = registry_budget{(*found)->file.string(), (*found)->host.memory};
  return print(budget_text(*ram, beside, screen_of(STDOUT_FILENO)));
}

exit_code run_size(const size_options& options) {
  if (options.file.empty() && (options.parameters.empty() || options.quant.empty()))
    return failure("name a GGUF file, or --params and --quant", exit_code::usage);
  const auto name = options.file.filename().string();
  size_report report;
  report.formula.parameters =
      registry::parameters_in(options.parameters.empty() ? name : options.parameters);
  report.formula.quant = options.quant.empty() ? registry::quantisation_in(name)
                                               : registry::find_quantisation(options.quant);
  if (!options.parameters.empty() && !report.formula.parameters)
    return failure("cannot read --params '" + options.parameters +
                       "': write 7B, 0.5B or, for a mixture of experts, 235B-A22B",
                   exit_code::usage);
  if (!options.quant.empty() && report.formula.quant == nullptr)
    return failure("cannot read --quant '" + options.quant + "': known are " + quant_names(),
                   exit_code::usage);
  if (!options.file.empty()) {
    auto measured = measure(options);
    if (!measured) return failure(measured.error());
    report.file = *std::move(measured);
    // The file knows what its name leaves out.
    constexpr double billion = 1e9;
    const auto count = static_cast<double>(report.file->parameters) / billion;
    if (!report.formula.parameters && count > 0)
      report.formula.parameters = registry::parameter_count{count, count};
  }
  return print(options.json ? size_json(report) : size_text(report, screen_of(STDOUT_FILENO)));
}

exit_code run_recommend(const recommend_options& options) {
  const auto ram = ram_or_host(options.ram);
  if (!ram) return failure(ram.error(), exit_code::usage);
  const auto what = registry::recommend(ram->gigabytes, ram->thresholds);
  if (options.write.empty())
    return print(options.json ? recommend_json(what)
                              : recommend_text(what, *ram, screen_of(STDOUT_FILENO)));
  if (what.kept.empty())
    return failure("cannot write a registry: no model fits into the " +
                   registry::format_gb(what.budget.available_for_models) + " that " +
                   registry::format_gb(ram->gigabytes) + " of RAM leave for models");
  const auto host = launcher::read_topology("/");
  const registry::host_shape shape{.cores = host.physical_cores(host.allowed_cpus),
                                   .numa_nodes = static_cast<int>(host.allowed_nodes.size())};
  if (const auto created = create_file(options.write, registry::registry_text(what, shape));
      !created)
    return failure(created.error());
  return print("wrote " + options.write.string() + ": profile " + std::string(what.base->name) +
               ". Put the models where it says, then: rolectl check " + options.write.string() +
               "\n");
}

}  // namespace rolecall::rolectl
