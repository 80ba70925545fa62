namespace Sandbox.ClientPackages.Tests.CloudRun;

/// <summary>
/// The examples of the documents that programs for Cloud Run Sandbox were written after, as they stand there but for the service's URL. What follows them
/// here only shows what came of them.
/// </summary>
internal static class SeedExamples
{
    public const string Url = "wss://<YOUR_SERVICE_URL>";

    public const string JavaScriptBasic = """
        import { Sandbox } from 'cloud-run-sandbox';
        // Replace `https` with `wss` of the Cloud Run service URL.
        const url = "wss://<YOUR_SERVICE_URL>";
        // Set `useGoogleAuth: true` to automatically fetch an ID token from Application Default Credentials.
        const sandbox = await Sandbox.create(url, { useGoogleAuth: true });
        // Execute a command
        const process = await sandbox.exec('bash', "echo 'Hello from the sandbox!'");
        // Read the output
        const stdout = await process.stdout.readAll();
        console.log(`STDOUT: ${stdout}`);
        // Clean up the sandbox session
        sandbox.kill();
        """;

    public const string TypeScriptBasicOfOld = """
        import { Sandbox } from './clients/js/src/sandbox';

        // Replace `https` with `wss` of the Cloud Run service URL.
        const url = "wss://<YOUR_SERVICE_URL>";
        const sandbox = await Sandbox.create(url);

        // Execute a command
        const process = await sandbox.exec("echo 'Hello from the sandbox!'", "bash");

        // Read the output
        const stdout = await process.stdout.readAll();
        console.log(`STDOUT: ${stdout}`);

        // Clean up the sandbox session
        sandbox.terminate();
        """;

    public const string JavaScriptCheckpoint = """
        import { Sandbox } from 'cloud-run-sandbox';
        const url = "wss://<YOUR_SERVICE_URL>";
        // 1. Create a sandbox with checkpointing enabled
        const sandbox1 = await Sandbox.create(url, { enableSandboxCheckpoint: true });
        const sandboxId = sandbox1.sandboxId;
        // 2. Checkpoint the sandbox
        await sandbox1.checkpoint();
        // 4. At a later time, attach to the sandbox to restore its state
        const sandbox2 = await Sandbox.attach(url, sandboxId);

        const restored = await sandbox2.exec('bash', 'echo restored');
        console.log(await restored.stdout.readAll());
        await sandbox2.kill();
        """;

    /// <summary>The option's older name.</summary>
    public static string JavaScriptCheckpointOfOld { get; } =
        JavaScriptCheckpoint.Replace("enableSandboxCheckpoint", "enableCheckpoint", StringComparison.Ordinal);

    public const string JavaScriptSnapshot = """
        import { Sandbox } from 'cloud-run-sandbox';
        const url = "wss://<YOUR_SERVICE_URL>";
        // 1. Create a sandbox
        const sandbox1 = await Sandbox.create(url);
        // 2. Snapshot the sandbox filesystem
        await sandbox1.snapshotFilesystem('my-snapshot');
        // 3. At a later time, create a new sandbox from the snapshot
        const sandbox2 = await Sandbox.create(url, { filesystemSnapshotName: 'my-snapshot' });

        await Promise.all([sandbox1.kill(), sandbox2.kill()]);
        """;

    public const string PythonBasicOfOld = """
        from codesandbox import Sandbox

        # Replace `https` with `wss` of the Cloud Run service URL.
        url = "wss://<YOUR_SERVICE_URL>"
        sandbox = await Sandbox.create(url)

        # Execute a command
        process = await sandbox.exec("echo 'Hello from the sandbox!'", "bash")

        # Read the output
        stdout = await process.stdout.read_all()
        print(f"STDOUT: {stdout}")

        # Clean up the sandbox session
        await sandbox.terminate()
        """;

    public const string PythonBasic = """
        from codesandbox import Sandbox
        url = "wss://<YOUR_SERVICE_URL>"
        # Create a sandbox
        # Set `use_google_auth=True` to automatically fetch an ID token from Application Default Credentials.
        # Note: For local development, run `gcloud auth application-default login` first.
        sandbox = await Sandbox.create(url, use_google_auth=True)
        # Execute a command
        process = await sandbox.exec('bash', "echo 'Hello from the sandbox!'")

        print(f"STDOUT: {await process.stdout.read_all()}")
        await sandbox.kill()
        """;

    public const string PythonCheckpoint = """
        from codesandbox import Sandbox
        url = "wss://<YOUR_SERVICE_URL>"
        sandbox1 = await Sandbox.create(url, enable_sandbox_checkpoint=True)
        sandbox_id = sandbox1.sandbox_id
        await sandbox1.checkpoint()
        sandbox2 = await Sandbox.attach(url, sandbox_id)

        restored = await sandbox2.exec('bash', 'echo restored')
        print(await restored.stdout.read_all())
        await sandbox2.kill()
        """;

    public const string PythonSnapshot = """
        from codesandbox import Sandbox
        url = "wss://<YOUR_SERVICE_URL>"
        sandbox1 = await Sandbox.create(url)
        await sandbox1.snapshot_filesystem('my-snapshot')
        sandbox2 = await Sandbox.create(url, filesystem_snapshot_name='my-snapshot')

        await sandbox1.kill()
        await sandbox2.kill()
        """;

    /// <summary>More of the surface than the examples use, in JavaScript.</summary>
    public const string JavaScriptMore = """
        import { Sandbox } from 'cloud-run-sandbox';
        const url = "wss://<YOUR_SERVICE_URL>";
        const sandbox = await Sandbox.create(url, { idleTimeout: 60, enableAutoReconnect: true, enableDebug: true, debugLabel: 'more', wsOptions: {} });
        const reading = await sandbox.exec('bash', 'read -r line; echo "$line"; echo err >&2');
        const second = await sandbox.exec('bash', 'true').catch(error => error.status);
        reading.writeToStdin('typed\n');
        await reading.wait();
        console.log(await reading.stdout.readAll() + await reading.stderr.readAll() + second);
        const stuck = await sandbox.exec('python', 'while True: pass');
        await stuck.kill();
        console.log(await sandbox.exec('ruby', '1').catch(error => error.status));
        console.log(await Sandbox.attach(url, sandbox.sandboxId, 'wrong').catch(error => error.status));
        console.log(await Sandbox.attach(url, sandbox.sandboxId, sandbox.sandboxToken).catch(error => error.status));
        await sandbox.kill();
        console.log(await Sandbox.attach(url, sandbox.sandboxId, sandbox.sandboxToken).catch(error => error.status));
        """;

    /// <summary>The same in Python.</summary>
    public const string PythonMore = """
        from codesandbox import Sandbox, SandboxError
        url = "wss://<YOUR_SERVICE_URL>"
        async def status(call):
            try:
                await call
            except SandboxError as error:
                return error.status
        sandbox = await Sandbox.create(url, idle_timeout=60, enable_auto_reconnect=True, enable_debug=True, debug_label='more', ws_options={})
        reading = await sandbox.exec('bash', 'read -r line; echo "$line"; echo err >&2')
        second = await status(sandbox.exec('bash', 'true'))
        await reading.write_to_stdin('typed\n')
        await reading.wait()
        print(await reading.stdout.read_all() + await reading.stderr.read_all() + second)
        stuck = await sandbox.exec('python', 'while True: pass')
        await stuck.kill()
        print(await status(sandbox.exec('ruby', '1')))
        print(await status(Sandbox.attach(url, sandbox.sandbox_id, 'wrong')))
        print(await status(Sandbox.attach(url, sandbox.sandbox_id, sandbox.sandbox_token)))
        await sandbox.kill()
        print(await status(Sandbox.attach(url, sandbox.sandbox_id, sandbox.sandbox_token)))
        """;

    /// <summary>What the two print at last.</summary>
    public static string[] More { get; } =
    [
        "typed", "err", "SANDBOX_EXECUTION_ERROR", "SANDBOX_EXECUTION_UNSUPPORTED_LANGUAGE_ERROR", "SANDBOX_PERMISSION_DENIAL_ERROR",
        "SANDBOX_IN_USE", "SANDBOX_NOT_FOUND",
    ];
}
