import Recall

extension DaemonSettings {
    /// What the pipeline's rooms are set to.
    package var pipeline: PipelineSettings {
        var pipeline = PipelineSettings()
        pipeline.intake = intake
        pipeline.windowing = windowing
        pipeline.activity = activity
        pipeline.assets = assets
        pipeline.health = health
        pipeline.fusion = fusion
        pipeline.detection = detection
        pipeline.alarms = alarms
        pipeline.remembersWindows = recall.isEnabled
        pipeline.sketchesWindows = diagnosis.isEnabled
        return pipeline
    }
}
