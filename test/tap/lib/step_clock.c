/*
 * step_clock.c
 *	  Sets the clock of this machine on by so many milliseconds, or back where
 *	  they are negative: exactly, so that there and back is where it was.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/timex.h>

int
main(int argc, char **argv)
{
	long		milliseconds = argc == 2 ? strtol(argv[1], NULL, 10) : 0;
	struct timex step = {.modes = ADJ_SETOFFSET | ADJ_NANO};

	/* The kernel takes no negative fraction. */
	step.time.tv_sec = milliseconds / 1000 - (milliseconds % 1000 < 0);
	step.time.tv_usec = (milliseconds - step.time.tv_sec * 1000) * 1000000;
	if (adjtimex(&step) >= 0)
		return 0;
	perror("step_clock");
	return 1;
}
