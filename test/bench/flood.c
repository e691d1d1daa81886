/*
 * The program that prints numbered lines: "RRRRRRR NNNNNNNNNNN xxx...\n", 100 bytes, its run and the line's number in it.
 *
 * flood FIFO CONTROL ID: says on FIFO that it is there (a record as service.c's, of number 3 * ID). Then, for each "LINES BYTES\n" that
 * it reads from CONTROL, a FIFO, it writes so many lines (for ever, if LINES is 0) to standard output, BYTES with each write(2), and says when it began
 * (3 * ID + 1) and when the last write had returned (3 * ID + 2).
 *
 * flood FIFO LINES RUNS ID: writes so many lines and exits at once, with 1. In the run after RUNS it says that it is there, and pauses.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#ifdef __APPLE__
#define BENCH_CLOCK CLOCK_MONOTONIC_RAW /* what process.hrtime() reads there */
#else
#define BENCH_CLOCK CLOCK_MONOTONIC
#endif
#define LINE 100
#define MOST (64 * 1024)

static const char *beacons;
static char chunk[MOST];
static long number;

static void beacon(int id) {
  struct timespec now;
  clock_gettime(BENCH_CLOCK, &now);
  char record[64];
  long long ns = now.tv_sec * 1000000000LL + now.tv_nsec;
  int length = snprintf(record, sizeof record, "%020lld %010d %010d\n", ns, (int)getpid(), id);
  int fd = open(beacons, O_WRONLY | O_NONBLOCK);
  if (fd < 0 || write(fd, record, length) != length) _exit(65);
  close(fd);
}

static void digits(char *at, int count, long value) {
  for (int digit = count - 1; digit >= 0; digit--, value /= 10) at[digit] = '0' + value % 10;
}

static void prepare(long run) {
  for (char *line = chunk; line + LINE <= chunk + MOST; line += LINE) {
    memset(line, 'x', LINE);
    digits(line, 7, run);
    line[7] = line[19] = ' ';
    line[LINE - 1] = '\n';
  }
}

static void write_lines(long lines, long bytes) {
  long at_once = bytes / LINE, end = number + lines;
  while (lines == 0 || number < end) {
    long count = lines != 0 && end - number < at_once ? end - number : at_once;
    for (long line = 0; line < count; line++) digits(chunk + line * LINE + 8, 11, number + line);
    for (long done = 0; done < count * LINE;) {
      ssize_t written = write(1, chunk + done, count * LINE - done);
      if (written < 0 && errno == EAGAIN) usleep(100);
      else if (written < 0) _exit(66);
      else done += written;
    }
    number += count;
  }
}

int main(int argc, char **argv) {
  if (argc < 4) return 64;
  const char *run = getenv("PORTSUP_RUN");
  int id = 3 * atoi(argv[argc - 1]);
  beacons = argv[1];
  prepare(run ? atol(run) : 0);
  if (argc == 5) {
    if (atol(run) > atol(argv[3])) {
      beacon(id);
      for (;;) pause();
    }
    write_lines(atol(argv[2]), MOST);
    _exit(1);
  }
  /* For writing too: so there is no end of file. */
  int control = open(argv[2], O_RDWR);
  FILE *orders = control < 0 ? NULL : fdopen(control, "r");
  if (!orders) return 66;
  beacon(id);
  for (long lines, bytes; fscanf(orders, "%ld %ld", &lines, &bytes) == 2;) {
    if (lines < 0 || bytes < LINE || bytes > MOST) return 64;
    beacon(id + 1);
    write_lines(lines, bytes);
    beacon(id + 2);
  }
}
