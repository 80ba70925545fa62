// A test is mostly an agent and its programs: more at once than the smallest machine has processors only makes each of them slower.
[assembly: CollectionBehavior(MaxParallelThreads = 2)]
