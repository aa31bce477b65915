#!/bin/sh
# @MADE@
# Puts the settings of main.cf and the services of master.cf, beside this file, into those of Postfix, and leaves what else
# stands there: in the directory that MAIL_CONFIG names, or Postfix's own. "postfix reload" after it.
set -eu
@POSTCONF_MAIN@
@POSTCONF_MASTER@
