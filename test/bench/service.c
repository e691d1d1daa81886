/*
 * The measured program: service FIFO ID
 * Its first act is to read the monotonic clock and to write one record of 43 bytes, "ns pid id", to FIFO: one atomic
 * write that never blocks. Then it pauses for ever with default signal actions.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#ifdef __APPLE__
#define BENCH_CLOCK CLOCK_MONOTONIC_RAW /* what process.hrtime() reads there */
#else
#define BENCH_CLOCK CLOCK_MONOTONIC
#endif

int main(int argc, char **argv) {
  struct timespec now;
  clock_gettime(BENCH_CLOCK, &now);
  if (argc < 3) return 64;
  char record[64];
  long long ns = now.tv_sec * 1000000000LL + now.tv_nsec;
  int length = snprintf(record, sizeof record, "%020lld %010d %010d\n", ns, (int)getpid(), atoi(argv[2]));
  int fd = open(argv[1], O_WRONLY | O_NONBLOCK);
  if (fd < 0 || write(fd, record, length) != length) return 65;
  close(fd);
  for (;;) pause();
}
