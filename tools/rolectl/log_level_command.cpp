#include "tools/rolectl/log_level_command.hpp"

#include "tools/rolectl/screen.hpp"

#include <rapidjson/document.h>

#include <unistd.h>

namespace rolecall::rolectl {
namespace {

/// {"levels": {"proxy": "debug", …}} as lines "proxy=debug"; throws refused when it is not that.
std::string level_lines(const std::string& json, const screen& on) {
  rapidjson::Document document;
  document.Parse<rapidjson::kParseIterativeFlag>(json.data(), json.size());
  const auto is_object = [](const rapidjson::Value& value) { return value.IsObject(); };
  if (document.HasParseError() || !is_object(document) || !document.HasMember("levels") ||
      !is_object(document["levels"]))
    throw refused("the daemon's answer tells no log levels");
  std::string lines;
  for (const auto& [component, level] : document["levels"].GetObject())
    if (level.IsString())
      lines += tame_line(component.GetString(), on) + "=" + tame_line(level.GetString(), on) + "\n";
  return lines;
}

/// "proxy=debug" names a component, "debug" none: all of them are meant.
std::string target_of(const std::string& setting) {
  const auto equals = setting.find('=');
  if (equals == std::string::npos) return "/admin/log-level?level=" + percent_encoded(setting);
  return "/admin/log-level?component=" + percent_encoded(setting.substr(0, equals)) +
         "&level=" + percent_encoded(setting.substr(equals + 1));
}

}  // namespace

exit_code run_log_level(admin_client& client, const log_level_options& options) {
  std::string answer;
  if (options.settings.empty()) answer = client.get("/admin/log-level");
  for (const auto& setting : options.settings)
    answer = client.call({"POST", target_of(setting), {}}).body;
  (void)write_all(STDOUT_FILENO, level_lines(answer, screen_of(STDOUT_FILENO)));
  return exit_code::done;
}

}  // namespace rolecall::rolectl
