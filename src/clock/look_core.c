/*
 * look_core.c
 *	  A look at the kernel's clocks: for the server, and for mailstack-runner.
 */
#include "clock/look.h"

#include <errno.h>
#include <fcntl.h>
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

bool
ms_clock_boot_id(char out[MS_CLOCK_BOOT_ID])
{
	int			fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t		len = fd < 0 ? 0 : read(fd, out, MS_CLOCK_BOOT_ID - 1);
	bool		whole = len == MS_CLOCK_BOOT_ID - 1;

	if (fd >= 0)
		close(fd);
	out[whole ? len : 0] = '\0';
	return whole;
}
