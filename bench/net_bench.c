/* How fast is the HTTP facade beside nginx? Starts our server and an nginx that serves a static 300-byte file, runs wrk against
 * each in turn, several rounds, and prints the best requests/s of each and the ratio.
 *
 *   cc -O2 -std=c17 -D_GNU_SOURCE -Isrc bench/net_bench.c build/libnet.a build/libbase.a -lmicrohttpd -licuuc -licui18n -pthread
 *   ./net_bench [seconds a run, 1] [rounds, 8] [connections, 32]
 *
 * inline: answered on the server thread. pool: suspended, one job at a time from a queue, resumed. batch: the same, but a worker
 * takes all that waits at once. */
#include "net/net.h"
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORKERS = 2, BATCH = 64, QUEUE = 4096 };
static char body[300];
static struct {
	pthread_mutex_t lock;
	pthread_cond_t some;
	HttpCall *calls[QUEUE];
	size_t head, tail;
	int idle;
} queue = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, {0}, 0, 0, 0};

static const HttpHeader headers[] = {
    {"Content-Type", "application/json"}, {"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}, {NULL, NULL}};

static void answer(HttpCall *call) {
	http_reply(call, 200, headers, (Text){body, sizeof body});
}

static size_t most_at_once = 1;

static void *worker(void *none) {
	for (;;) {
		HttpCall *taken[BATCH];
		size_t count = 0;
		pthread_mutex_lock(&queue.lock);
		while (queue.head == queue.tail) {
			queue.idle++;
			pthread_cond_wait(&queue.some, &queue.lock);
			queue.idle--;
		}
		while (count < most_at_once && queue.head != queue.tail)
			taken[count++] = queue.calls[queue.head++ % QUEUE];
		pthread_mutex_unlock(&queue.lock);
		for (size_t i = 0; i < count; i++)
			answer(taken[i]);
	}
	return NULL;
}

static int plan(void *context, HttpCall *call, HttpPlan *out, const char **problem) {
	return 0;
}

static void on_call(void *context, HttpCall *call) {
	if (text_is(http_path(call), "/inline")) {
		answer(call);
		return;
	}
	http_suspend(call);
	pthread_mutex_lock(&queue.lock);
	most_at_once = text_is(http_path(call), "/batch") ? BATCH : 1;
	queue.calls[queue.tail++ % QUEUE] = call;
	bool wake = queue.idle > 0 && (most_at_once == 1 || queue.tail - queue.head == 1);
	pthread_mutex_unlock(&queue.lock);
	if (wake) pthread_cond_signal(&queue.some);
}

static double wrk(int port, const char *path, int seconds, int connections) {
	char command[256], line[256];
	double rate = 0;
	snprintf(command, sizeof command, "wrk -t1 -c%d -d%ds http://127.0.0.1:%d%s", connections, seconds, port, path);
	FILE *pipe = popen(command, "r");
	while (pipe != NULL && fgets(line, sizeof line, pipe) != NULL)
		sscanf(line, "Requests/sec: %lf", &rate);
	if (pipe == NULL || pclose(pipe) != 0) fprintf(stderr, "wrk failed: %s\n", command);
	return rate;
}

static pid_t nginx_start(const char *dir, int port) {
	char path[256], text[1024];
	snprintf(path, sizeof path, "%s/static.json", dir);
	FILE *file = fopen(path, "w");
	fwrite(body, 1, sizeof body, file);
	fclose(file);
	snprintf(path, sizeof path, "%s/nginx.conf", dir);
	file = fopen(path, "w");
	snprintf(text, sizeof text,
	         "daemon off; worker_processes auto; pid %s/pid; error_log %s/error.log;\nevents { worker_connections 4096; }\n"
	         "http { access_log off; keepalive_requests 100000000; sendfile on; default_type application/json;\n"
	         "client_body_temp_path %s; proxy_temp_path %s; fastcgi_temp_path %s; uwsgi_temp_path %s; scgi_temp_path %s;\n"
	         "server { listen 127.0.0.1:%d reuseport; root %s; open_file_cache max=10; } }\n",
	         dir, dir, dir, dir, dir, dir, dir, port, dir);
	fputs(text, file);
	fclose(file);
	pid_t child = fork();
	if (child == 0) {
		execlp("nginx", "nginx", "-c", path, "-p", dir, (char *)NULL);
		_exit(127);
	}
	usleep(500000);
	return child;
}

int main(int argc, char **argv) {
	int seconds = argc > 1 ? atoi(argv[1]) : 1, rounds = argc > 2 ? atoi(argv[2]) : 8,
	    connections = argc > 3 ? atoi(argv[3]) : 32;
	char dir[] = "/tmp/net-bench-XXXXXX";
	Error error = {0};
	HttpServer *server;
	memset(body, 'x', sizeof body);
	if (mkdtemp(dir) == NULL || chmod(dir, 0755) != 0) return 1;
	HttpConfig config = {.address = "127.0.0.1:0", .plan = plan, .call = on_call, .spool_dir = dir};
	if (http_start(&server, &config, &error) != 0) {
		fprintf(stderr, "%s\n", error.message);
		return 1;
	}
	for (int i = 0; i < WORKERS; i++) {
		pthread_t thread;
		pthread_create(&thread, NULL, worker, NULL);
		pthread_detach(thread);
	}
	int peer_port = 18000 + (int)(getpid() % 1000);
	pid_t nginx = nginx_start(dir, peer_port);
	enum { WAYS = 3 };
	static const char *const paths[WAYS] = {"/inline", "/pool", "/batch"};
	double best[WAYS] = {0}, best_peer = 0;
	/* Rounds are short and interleaved, and the best of each counts: other work on the machine only ever takes away. */
	for (int round = 0; round < rounds; round++) {
		double peer = wrk(peer_port, "/static.json", seconds, connections);
		best_peer = peer > best_peer ? peer : best_peer;
		for (size_t i = 0; i < WAYS; i++) {
			double ours = wrk(http_port(server), paths[i], seconds, connections);
			best[i] = ours > best[i] ? ours : best[i];
			fprintf(stderr, "round %d %-8s %9.0f/s, nginx %9.0f/s\n", round + 1, paths[i] + 1, ours, peer);
		}
	}
	for (size_t i = 0; i < WAYS; i++)
		printf("%-8s %9.0f/s, nginx %9.0f/s, ratio %.3f\n", paths[i] + 1, best[i], best_peer,
		       best_peer > 0 ? best[i] / best_peer : 0);
	kill(nginx, SIGTERM);
	waitpid(nginx, NULL, 0);
	http_stop(server, 1000000);
	return 0;
}
