/*
 * fake_clock.c
 *	  Loaded before the C library (LD_PRELOAD), sets the clock for one program.
 *
 * FAKE_CLOCK_OFFSET is a file with the nanoseconds, as int64, that are added to
 * the real time, and another int64: 1 where the kernel is to say that something
 * keeps the clock right, 2 where that nothing does.  Setting it does not cancel a timer, so there is a pipe for
 * that, FAKE_CLOCK_CANCEL: a timer of CLOCK_REALTIME is its end, and each octet
 * that comes cancels it, as the kernel does to one that asked for it with
 * TFD_TIMER_CANCEL_ON_SET.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000

static int	timer = -1;

static int64_t
read_file(int field)
{
	static volatile int64_t *file = NULL;

	if (file == NULL)
	{
		int			fd = open(getenv("FAKE_CLOCK_OFFSET"), O_RDONLY | O_CLOEXEC);
		void	   *mapped = mmap(NULL, 2 * sizeof(int64_t), PROT_READ, MAP_SHARED, fd, 0);

		if (mapped == MAP_FAILED)
			abort();
		close(fd);
		file = mapped;
	}
	return file[field];
}

int
clock_gettime(clockid_t clock, struct timespec *out)
{
	int			result = (int) syscall(SYS_clock_gettime, clock, out);
	int64_t		all;

	if (result != 0 || clock != CLOCK_REALTIME)
		return result;
	all = out->tv_sec * (int64_t) SECOND + out->tv_nsec + read_file(0);
	out->tv_sec = all / SECOND;
	out->tv_nsec = all % SECOND;
	return 0;
}

int
gettimeofday(struct timeval *restrict out, void *restrict zone)
{
	struct timespec now;

	(void) zone;
	clock_gettime(CLOCK_REALTIME, &now);
	out->tv_sec = now.tv_sec;
	out->tv_usec = now.tv_nsec / 1000;
	return 0;
}

time_t
time(time_t *out)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (out != NULL)
		*out = now.tv_sec;
	return now.tv_sec;
}

int
adjtimex(struct timex *out)
{
	int			result = (int) syscall(SYS_adjtimex, out);

	if (result < 0 || read_file(1) == 0)
		return result;
	out->status &= ~STA_UNSYNC;
	if (read_file(1) == 1)
		return TIME_OK;
	out->status |= STA_UNSYNC;
	return TIME_ERROR;
}

int
timerfd_create(int clock, int flags)
{
	if (clock != CLOCK_REALTIME)
		return (int) syscall(SYS_timerfd_create, clock, flags);
	timer = open(getenv("FAKE_CLOCK_CANCEL"), O_RDWR | O_CLOEXEC | (flags & TFD_NONBLOCK ? O_NONBLOCK : 0));
	return timer;
}

/* The kernel takes the flag without a word where it does nothing: a relative timer, or another clock. */
int
timerfd_settime(int fd, int flags, const struct itimerspec *new, struct itimerspec *old)
{
	if (fd != timer)
		return (int) syscall(SYS_timerfd_settime, fd, flags, new, old);
	if (flags != (TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET) || new->it_value.tv_sec < INT32_MAX)
		abort();
	return 0;
}

ssize_t
read(int fd, void *out, size_t size)
{
	ssize_t		len = syscall(SYS_read, fd, out, size);

	if (fd != timer || timer < 0 || len <= 0)
		return len;
	errno = ECANCELED;
	return -1;
}
