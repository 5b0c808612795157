/* The program that is supervised, that talks, and that leaves orphans. It is C, for a thousand of it must cost next to
 * nothing, and because Go can't fork without exec. Each record on the fifo says what happened, to whom and when.
 *
 *   payload stamp FIFO PROGRAM [ARGS]     becomes the program, after a record 'e'
 *   payload idle FIFO                     'r' (I run), then nothing
 *   payload talk FIFO                     'r', one line, then nothing
 *   payload lines FIFO COUNT BATCH        'b', COUNT numbered lines of 100 bytes, BATCH of them a write, 'd', ends
 *   payload orphans FIFO COUNT            'b', COUNT orphans one after another, 'm'; 'd' once all are reaped, then nothing
 *   payload hold                          nothing until TERM, as PID 1 too
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LINE = 100 };

struct record {
	uint64_t ns; /* CLOCK_MONOTONIC */
	uint32_t pid;
	uint32_t what;
};

static uint64_t now(void) {
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void die(const char *what) {
	fprintf(stderr, "payload: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* say writes a record; the time is the caller's, so that what opening the fifo takes isn't measured. */
static void say(const char *fifo, uint64_t ns, char what) {
	struct record r = {ns, (uint32_t)getpid(), (uint32_t)what};
	int fd = open(fifo, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, &r, sizeof r) != sizeof r) die(fifo);
	close(fd);
}

static void idle(void) {
	for (;;) pause();
}

static void put(const char *p, size_t n) {
	while (n > 0) {
		ssize_t w = write(1, p, n);
		if (w < 0) die("write a line");
		p += w;
		n -= (size_t)w;
	}
}

static void number(char *line, long n) {
	for (int i = 9; i >= 0; i--, n /= 10) line[i] = (char)('0' + n % 10);
}

static void lines(const char *fifo, long count, long batch) {
	char *block = malloc((size_t)(batch * LINE));
	if (!block) die("allocate a block");
	memset(block, 'x', (size_t)(batch * LINE));
	for (long i = 0; i < batch; i++) block[i * LINE + 10] = ' ', block[i * LINE + LINE - 1] = '\n';
	say(fifo, now(), 'b');
	for (long i = 0; i < count;) {
		long k = count - i < batch ? count - i : batch;
		for (long j = 0; j < k; j++) number(block + j * LINE, i + j);
		put(block, (size_t)(k * LINE));
		i += k;
	}
	say(fifo, now(), 'd');
}

/* processes counts what /proc shows: all of this pid namespace, zombies too. */
static int processes(void) {
	DIR *d = opendir("/proc");
	struct dirent *e;
	int n = 0;
	if (!d) die("/proc");
	while ((e = readdir(d))) n += e->d_name[0] >= '1' && e->d_name[0] <= '9';
	closedir(d);
	return n;
}

/* settled counts them once nobody has come or gone for a while: what is started beside us may come later. */
static int settled(void) {
	const struct timespec tick = {0, 10000000};
	int n = processes();
	for (int quiet = 0; quiet < 50; quiet++) {
		int now;
		nanosleep(&tick, NULL);
		if ((now = processes()) != n) n = now, quiet = 0;
	}
	return n;
}

static void orphans(const char *fifo, long count) {
	int before = settled();
	const struct timespec moment = {0, 200000};
	say(fifo, now(), 'b');
	for (long i = 0; i < count; i++) {
		pid_t parent = fork();
		if (parent < 0) die("fork");
		if (parent == 0) {
			if (vfork() == 0) _exit(0); /* ends at once; its parent doesn't wait, so it is PID 1's */
			_exit(0);
		}
		waitpid(parent, NULL, 0);
	}
	say(fifo, now(), 'm');
	while (processes() > before) nanosleep(&moment, NULL);
	say(fifo, now(), 'd');
	idle();
}

static void end(int sig) {
	(void)sig;
	_exit(0);
}

int main(int argc, char **argv) {
	uint64_t began = now();
	const char *word = argc > 1 ? argv[1] : "", *fifo = argc > 2 ? argv[2] : "";
	if (!strcmp(word, "hold")) {
		signal(SIGTERM, end); /* PID 1 gets no signal that it has no handler for */
		idle();
	}
	if (argc == 3 && !strcmp(word, "idle")) {
		say(fifo, began, 'r');
		idle();
	}
	if (argc == 3 && !strcmp(word, "talk")) {
		char line[LINE];
		say(fifo, began, 'r');
		memset(line, 'x', sizeof line);
		line[LINE - 1] = '\n';
		put(line, sizeof line);
		idle();
	}
	if (argc == 5 && !strcmp(word, "lines")) {
		lines(fifo, atol(argv[3]), atol(argv[4]));
		return 0;
	}
	if (argc == 4 && !strcmp(word, "orphans")) orphans(fifo, atol(argv[3]));
	if (argc > 3 && !strcmp(word, "stamp")) {
		say(fifo, now(), 'e');
		execvp(argv[3], argv + 3);
		die(argv[3]);
	}
	fprintf(stderr, "payload: stamp, idle, talk, lines, orphans or hold\n");
	return 2;
}
