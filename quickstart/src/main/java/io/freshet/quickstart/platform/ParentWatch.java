package io.freshet.quickstart.platform;

import java.util.Arrays;
import java.util.Optional;

/**
 * First class of a child JVM: halts it as soon as its parent is gone, however the parent ended, and runs the main class
 * that was asked for. It uses nothing but the JDK, since it is the only class of ours on the child's class path.
 */
final class ParentWatch {
    private ParentWatch() {}

    /**
     * @param args the parent's process id, the main class, and that class's own arguments
     */
    public static void main(String[] args) throws ReflectiveOperationException {
        long expected = Long.parseLong(args[0]);
        // An orphan gets another parent: a different id here says that ours has gone already.
        Optional<ProcessHandle> parent = ProcessHandle.current().parent().filter(handle -> handle.pid() == expected);
        if (parent.isEmpty()) {
            Runtime.getRuntime().halt(1);
            return;
        }
        parent.get().onExit().thenRun(() -> Runtime.getRuntime().halt(1));
        Class.forName(args[1]).getMethod("main", String[].class).invoke(null, (Object)
                Arrays.copyOfRange(args, 2, args.length));
    }
}
