# Becomes the service $name, which is $here/lib/$script. Sourced by service_a and service_b.
#
# `pgrep service_a` looks at the kernel's short name of a process (comm). With `#!/usr/bin/env node` that name is "node"
# until the program has set its title some 30 ms later, and for that long pgrep and pkill miss a service that was just
# started. The kernel names a process after the file that was executed: first after this script, whose interpreter is
# named by its path, and then after the link ".bin/service_a" to node. Both execs keep the PID. The way from one to the
# other forks nothing, or pgrep would see a second "service_a" for a moment: hence the loop instead of $(command -v node).

case $here in /*) ;; *) here=./$here ;; esac

node=
rest=${PATH-}:
while [ -n "$rest" ]; do
  folder=${rest%%:*}
  rest=${rest#*:}
  if [ -f "${folder:-.}/node" ] && [ -x "${folder:-.}/node" ]; then
    node=${folder:-.}/node
    break
  fi
done
if [ -z "$node" ]; then
  echo "$name: there is no \"node\" on the PATH; install Node.js 20 or later" >&2
  exit 127
fi

# Missing, dangling or pointing to another node than the one in use: made anew. This is the only path that forks.
link=$here/.bin/$name
if ! [ "$link" -ef "$node" ]; then
  "$node" "$here/lib/make-link.js" "$link" </dev/null
fi
# No link because the folder cannot be written: node then carries the name from its title on.
if [ -f "$link" ] && [ -x "$link" ]; then
  node=$link
fi
exec "$node" --title="$name" --require "$here/lib/title.cjs" "$here/lib/$script"
