#!/bin/sh
# @MADE@
# Puts the settings of main.cf and the services of master.cf, beside this file, into those of Postfix, and leaves what else
# stands there: in the directory that MAIL_CONFIG names, or Postfix's own. "postfix reload" after it.
set -euf

# The services that are there, by a field of theirs and what it is: 192.0.2.1:submission/inet
services() {
	postconf -M | awk -v field="$1" -v what="$2" '/^[^ ]/ && $field ~ "^(" what ")$" { print $1 "/" $2 }'
}

# A service of ours, as master.cf has it. One that is there already keeps what is not said here, such as its address and its filters;
# where ours is empty, what it has itself.
service() {
	line=$1
	set -- $line
	case $1 in
	submission) found=$(services 1 '(.*:)?(submission|587)') ;;
	submissions) found=$(services 1 '(.*:)?(submissions|smtps|465)') ;;
	*) found= ;;
	esac
	if [ -z "$found" ]; then postconf -M "$1/$2=$line"; fi
	shift 8
	for each in $found; do
		for option; do
			case $option in
			-o) ;;
			*=) [ -n "$(postconf -P "$each/${option%=}" 2>/dev/null)" ] || postconf -P "$each/$option" ;;
			*) postconf -P "$each/$option" ;;
			esac
		done
	done
}

@POSTCONF_MAIN@
@POSTCONF_MASTER@

# What is this machine's own, of main.cf.
own=$(dirname "$0")/local.cf
if [ -e "$own" ]; then
	awk '/^[ \t]*(#|$)/ { next }
		/^[ \t]/ { setting = setting " " $0; next }
		{ if (setting != "") print setting; setting = $0 }
		END { if (setting != "") print setting }' "$own" |
		while IFS= read -r setting; do postconf -e "$setting"; done
fi

# No smtpd is in a chroot: the classes of main.cf ask the database without proxymap, and its socket is outside.
for each in $(services 8 smtpd); do postconf -F "$each/chroot=n"; done
# Each proxymap has a connection to the database for each map: without a limit, a busy hour has more of them than PostgreSQL takes. Two
# are as quick as a hundred, since a question takes a fraction of a millisecond.
postconf -F proxymap/unix/process_limit=2
# relay_domains is not asked about a domain of another class, to warn of one with two: the database has none.
postconf -P rewrite/unix/helpful_warnings=no
