// What the contestants are told: as a good engineer would for answers that are streamed.

#include "tests/bench/relay/contestants.hpp"

#include <algorithm>

namespace rolecall::bench {

std::string nginx_configuration(const placement& p) {
  return R"(daemon off;
user root;
worker_processes )" +
         std::to_string(p.threads) + R"(;
worker_rlimit_nofile )" +
         std::to_string(p.descriptors) + R"(;
pid nginx.pid;
error_log nginx-error.log warn;
events {
  worker_connections 32768;
}
http {
  access_log off;
  server_tokens off;
  tcp_nodelay on;
  keepalive_requests 100000000;
  keepalive_timeout 600s;
  client_body_buffer_size 128k;
  client_max_body_size 64m;
  client_body_temp_path client_body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  upstream engine {
    server 127.0.0.1:)" +
         std::to_string(p.upstream) + R"(;
    keepalive 512;
    keepalive_requests 100000000;
    keepalive_timeout 600s;
  }
  server {
    listen 127.0.0.1:)" +
         std::to_string(p.port) + R"( backlog=4096;
    location / {
      proxy_pass http://engine;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_request_buffering off;
      proxy_read_timeout 600s;
    }
  }
}
)";
}

std::string haproxy_configuration(const placement& p) {
  // Each of its connections may take two descriptors; asking for more than there are is an error.
  const auto connections = std::min<std::size_t>(40000, (p.descriptors - 64) / 2);
  return R"(global
  nbthread )" +
         std::to_string(p.threads) + R"(
  maxconn )" +
         std::to_string(connections) + R"(
defaults
  mode http
  option http-no-delay
  http-reuse always
  backlog 4096
  timeout connect 5s
  timeout client 600s
  timeout server 600s
  timeout http-keep-alive 600s
frontend door
  bind 127.0.0.1:)" +
         std::to_string(p.port) + R"(
  default_backend engine
backend engine
  server engine 127.0.0.1:)" +
         std::to_string(p.upstream) + R"(
)";
}

std::string rolecall_registry(const placement& p, std::uint16_t admin,
                              const std::vector<int>& upstream_cpus, const std::string& owner) {
  return R"(version: 1
host:
  listen: 127.0.0.1:)" +
         std::to_string(p.port) + R"(
  admin: 127.0.0.1:)" +
         std::to_string(admin) + R"(
  llama_server: )" +
         (p.folder / "llama-server").string() + R"(
  model_dirs: [)" +
         p.folder.string() + R"(]
  state_dir: )" +
         (p.folder / "state").string() + R"(
  log_dir: )" +
         (p.folder / "logs").string() + R"(
  memory: {budget: 4GiB}
  data_threads: )" +
         std::to_string(p.threads) + R"(
models:
  small: {path: model.gguf}
roles:
  )" + std::string(bench_role) +
         R"(:
    model: small
    tier: hot
    port: )" +
         std::to_string(p.upstream) + R"(
    threads: 1
    numa: {policy: none}
    context: 65536
    slots: 256
    concurrency: 20000
    extra_args: [--bench-cpus, ')" +
         format_cpus(upstream_cpus) + "', --bench-owner, '" + owner + R"(']
    timeouts: {drain: 1s, stop: 5s}
)";
}

}  // namespace rolecall::bench
