/*
 * look_core.c
 *	  A look at the kernel's clocks: for the server, and for mailstack-runner.
 */
#include "clock/look.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* A look that was interrupted is vague: the best of a few, and the first that is good enough. */
#define LOOKS 20
#define GOOD_ENOUGH 50

static ms_clock_reading
look_once(void)
{
	struct timespec before;
	struct timespec real;
	struct timespec after;

	clock_gettime(CLOCK_BOOTTIME, &before);
	clock_gettime(CLOCK_REALTIME, &real);
	clock_gettime(CLOCK_BOOTTIME, &after);
	return ms_clock_read(&before, &real, &after);
}

ms_clock_reading
ms_clock_look(void)
{
	ms_clock_reading best = look_once();
	int			i;

	for (i = 1; i < LOOKS && best.vague > GOOD_ENOUGH; i++)
	{
		ms_clock_reading reading = look_once();

		if (reading.vague < best.vague)
			best = reading;
	}
	return best;
}

int
ms_clock_timer(void)
{
	int			fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	/* As late as there is: it is to be cancelled, not to end. */
	struct itimerspec never = {.it_value.tv_sec = sizeof(time_t) == 8 ? (time_t) INT64_MAX : (time_t) INT32_MAX};
	int			why;

	if (fd < 0 || timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL) == 0)
		return fd;
	why = errno;
	close(fd);
	errno = why;
	return -1;
}

void
ms_clock_timer_clear(int timer)
{
	uint64_t	ends;

	while (read(timer, &ends, sizeof(ends)) < 0 && errno == EINTR)
		;
}

/* The beginning of a small file of the kernel's; empty where it cannot be read. */
static ms_span
read_small_file(const char *path, char *buffer, size_t size)
{
	int			fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t		len;

	if (fd < 0)
		return MS_NO_SPAN;
	len = read(fd, buffer, size);
	close(fd);
	return ms_span_of(buffer, len > 0 ? (size_t) len : 0);
}

bool
ms_clock_boot_id(char out[MS_CLOCK_BOOT_ID])
{
	ms_span		id = read_small_file("/proc/sys/kernel/random/boot_id", out, MS_CLOCK_BOOT_ID - 1);
	bool		whole = id.len == MS_CLOCK_BOOT_ID - 1;

	out[whole ? id.len : 0] = '\0';
	return whole;
}

ms_clock_kernel
ms_clock_ask_kernel(void)
{
	struct timex timex = {.modes = 0};
	int			result = adjtimex(&timex);

	return ms_clock_kernel_of(result, &timex);
}

/* Which of the programs a process is; -1: none. */
static int
program_of(const char *process)
{
	char		path[sizeof("/proc//comm") + 20];
	char		comm[64];

	if (*process < '1' || *process > '9' || strlen(process) > 20)
		return -1;
	snprintf(path, sizeof(path), "/proc/%.20s/comm", process);
	return ms_clock_program(read_small_file(path, comm, sizeof(comm)));
}

bool
ms_clock_source(char out[MS_CLOCK_SOURCE])
{
	bool		seen[MS_CLOCK_PROGRAMS] = {false};
	DIR		   *proc = opendir("/proc");
	struct dirent *process;
	size_t		len = 0;
	int			i;

	while (proc != NULL && (process = readdir(proc)) != NULL)
	{
		i = program_of(process->d_name);
		if (i >= 0)
			seen[i] = true;
	}
	if (proc != NULL)
		closedir(proc);
	out[0] = '\0';
	for (i = 0; i < MS_CLOCK_PROGRAMS; i++)
	{
		if (seen[i])
			len += (size_t) snprintf(out + len, MS_CLOCK_SOURCE - len, "%s%s", len > 0 ? ", " : "", ms_clock_program_name(i));
	}
	return len > 0;
}
